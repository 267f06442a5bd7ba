public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// Returns the sum of all elements, or 0 for an empty array.
  ///
  /// Integers are added as `Int` or `UInt` and wrap on overflow, as in NumPy. The sum of truth
  /// values is the number of true elements. Floating-point numbers are added in the order of
  /// memory, regardless of the axes, so an array, its transpose and its reversed views have the
  /// same sum to the last bit. The error is at most about `log2(n) * epsilon * sum(|x|)` (pairwise
  /// summation). A `Float16` sum is computed in `Float` and rounded once.
  ///
  /// - Parameter ignoringNaN: Whether NaN counts as 0. Otherwise the sum is NaN if an element is
  ///   NaN.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func sum(ignoringNaN: Bool = false) -> Element.SumElement {
    storage.reduced { lanes, result in lanes.storeSums(result, ignoringNaN: ignoringNaN) }
  }

  /// Returns the sums along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// Each sum equals the ``sum(ignoringNaN:)`` of its elements to the last bit.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func sum(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try sum(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// Returns the sums along several axes. The result lacks the axes, or has them with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, and none is named twice.
  @inlinable
  public func sum(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeSums(results, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the product of all elements, or 1 for an empty array. Types and order are those of
  /// ``sum(ignoringNaN:)``.
  ///
  /// - Parameter ignoringNaN: Whether NaN counts as 1. Otherwise the product is NaN if an element
  ///   is NaN.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func product(ignoringNaN: Bool = false) -> Element.SumElement {
    storage.reduced { lanes, result in lanes.storeSums(result, product: true, ignoringNaN: ignoringNaN) }
  }

  /// Returns the products along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func product(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try product(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// Returns the products along several axes. The result lacks the axes, or has them with extent 1
  /// if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, and none is named twice.
  @inlinable
  public func product(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeSums(results, product: true, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the arithmetic mean, or NaN for an empty array.
  ///
  /// It is the sum, computed as by ``sum(ignoringNaN:)``, divided by the number of elements. The
  /// mean of integers is a `Double`; the sum behind it does not wrap.
  ///
  /// - Parameter ignoringNaN: Whether NaN elements are left out of the sum and of the number of
  ///   elements. If so and all elements are NaN, the mean is NaN.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func mean(ignoringNaN: Bool = false) -> Element.MeanElement {
    storage.reduced { lanes, result in lanes.storeMeans(result, ignoringNaN: ignoringNaN) }
  }

  /// Returns the means along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func mean(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    try mean(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// Returns the means along several axes. The result lacks the axes, or has them with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, and none is named twice.
  @inlinable
  public func mean(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeMeans(results, ignoringNaN: ignoringNaN)
    }
  }
}
