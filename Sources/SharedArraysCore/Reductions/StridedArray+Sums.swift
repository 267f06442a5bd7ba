public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// The sum of all elements; 0 for an empty array.
  ///
  /// Integers are added as `Int` or `UInt` and wrap round on overflow, as NumPy's do; truth values are counted.
  /// Floating-point numbers are added in the order of memory, whatever the axes, so an array, its transpose
  /// and its reversed views have the same sum to the last bit. Error: at most about
  /// `log2(n) * epsilon * sum(|x|)` (pairwise summation). A `Float16` sum is made in `Float` and rounded once.
  ///
  /// - Parameter ignoringNaN: whether NaN counts as 0; otherwise the sum is NaN if an element is.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func sum(ignoringNaN: Bool = false) -> Element.SumElement {
    storage.reduced { lanes, result in lanes.storeSums(result, ignoringNaN: ignoringNaN) }
  }

  /// The sums along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// Each is, to the last bit, the ``sum(ignoringNaN:)`` of the elements it is made of.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func sum(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try sum(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// The sums along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func sum(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeSums(results, ignoringNaN: ignoringNaN)
    }
  }

  /// The product of all elements; 1 for an empty array. Types and order are those of ``sum(ignoringNaN:)``.
  ///
  /// - Parameter ignoringNaN: whether NaN counts as 1; otherwise the product is NaN if an element is.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func product(ignoringNaN: Bool = false) -> Element.SumElement {
    storage.reduced { lanes, result in lanes.storeSums(result, product: true, ignoringNaN: ignoringNaN) }
  }

  /// The products along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func product(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try product(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// The products along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func product(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeSums(results, product: true, ignoringNaN: ignoringNaN)
    }
  }

  /// The arithmetic mean; NaN for an empty array.
  ///
  /// It is the sum, as ``sum(ignoringNaN:)`` makes it, divided by the number of elements. That of integers is
  /// a `Double`; the sum behind it does not wrap.
  ///
  /// - Parameter ignoringNaN: whether NaN is left out, of the sum and of the number of elements; the mean is
  ///   NaN if nothing is left.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func mean(ignoringNaN: Bool = false) -> Element.MeanElement {
    storage.reduced { lanes, result in lanes.storeMeans(result, ignoringNaN: ignoringNaN) }
  }

  /// The means along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func mean(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    try mean(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// The means along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func mean(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeMeans(results, ignoringNaN: ignoringNaN)
    }
  }
}
