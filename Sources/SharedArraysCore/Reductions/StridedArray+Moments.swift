public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// Returns the variance: the mean of the squared differences from the mean. It is real for
  /// complex numbers.
  ///
  /// The function makes two passes, one for the mean and one for the differences, both with the
  /// order and accuracy of ``sum(ignoringNaN:)``. A large mean therefore causes no cancellation.
  ///
  /// - Parameters:
  ///   - ddof: The number to subtract from the number of elements before the division. 1 makes the
  ///     estimate from a sample unbiased. The variance is NaN if the divisor is not positive, and
  ///     for an empty array.
  ///   - ignoringNaN: Whether NaN elements are left out of the sums and of the number of elements.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func variance(ddof: Int = 0, ignoringNaN: Bool = false) -> Element.NormElement {
    storage.reduced { lanes, result in
      lanes.storeVariances(result, ddof: ddof, root: false, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the variances along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func variance(
    axis: Int, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try variance(axes: [axis], keepDims: keepDims, ddof: ddof, ignoringNaN: ignoringNaN)
  }

  /// Returns the variances along several axes. The result lacks the axes, or has them with extent 1
  /// if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, and none is named twice.
  @inlinable
  public func variance(
    axes: AxisValues, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeVariances(results, ddof: ddof, root: false, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the standard deviation: the square root of the ``variance(ddof:ignoringNaN:)``.
  ///
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func standardDeviation(ddof: Int = 0, ignoringNaN: Bool = false) -> Element.NormElement {
    storage.reduced { lanes, result in
      lanes.storeVariances(result, ddof: ddof, root: true, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the standard deviations along one axis. The result lacks the axis, or has it with
  /// extent 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func standardDeviation(
    axis: Int, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try standardDeviation(axes: [axis], keepDims: keepDims, ddof: ddof, ignoringNaN: ignoringNaN)
  }

  /// Returns the standard deviations along several axes. The result lacks the axes, or has them
  /// with extent 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, and none is named twice.
  @inlinable
  public func standardDeviation(
    axes: AxisValues, keepDims: Bool = false, ddof: Int = 0, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeVariances(results, ddof: ddof, root: true, ignoringNaN: ignoringNaN)
    }
  }
}
