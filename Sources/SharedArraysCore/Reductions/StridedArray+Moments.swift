public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// The variance: the mean of the squares of the differences from the mean; real for complex numbers.
  ///
  /// There are two passes, one for the mean and one for the differences, both with the order and accuracy of
  /// ``sum(ignoringNaN:)``: nothing cancels, however large the mean is.
  ///
  /// - Parameters:
  ///   - ddof: what is taken off the number of elements before dividing by it; 1 makes the estimate from a
  ///     sample unbiased. The variance is NaN if nothing is left, and for an empty array.
  ///   - ignoringNaN: whether NaN is left out, of the sums and of the number of elements.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func variance(ddof: Int = 0, ignoringNaN: Bool = false) -> Element.NormElement {
    storage.reduced { lanes, result in
      lanes.storeVariances(result, ddof: ddof, root: false, ignoringNaN: ignoringNaN)
    }
  }

  /// The variances along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func variance(
    axis: Int, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try variance(axes: [axis], keepDims: keepDims, ddof: ddof, ignoringNaN: ignoringNaN)
  }

  /// The variances along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func variance(
    axes: AxisValues, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeVariances(results, ddof: ddof, root: false, ignoringNaN: ignoringNaN)
    }
  }

  /// The standard deviation: the square root of the ``variance(ddof:ignoringNaN:)``.
  ///
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func standardDeviation(ddof: Int = 0, ignoringNaN: Bool = false) -> Element.NormElement {
    storage.reduced { lanes, result in
      lanes.storeVariances(result, ddof: ddof, root: true, ignoringNaN: ignoringNaN)
    }
  }

  /// The standard deviations along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func standardDeviation(
    axis: Int, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try standardDeviation(axes: [axis], keepDims: keepDims, ddof: ddof, ignoringNaN: ignoringNaN)
  }

  /// The standard deviations along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func standardDeviation(
    axes: AxisValues, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeVariances(results, ddof: ddof, root: true, ignoringNaN: ignoringNaN)
    }
  }
}
