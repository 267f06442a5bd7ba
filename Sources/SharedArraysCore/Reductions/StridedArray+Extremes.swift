public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// Returns the smallest element. The result is NaN if an element is NaN. A zero has no sign.
  ///
  /// - Parameter ignoringNaN: Whether NaN elements are ignored. If so, the result is NaN only if
  ///   all elements are NaN.
  /// - Precondition: The array is not empty.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func min(ignoringNaN: Bool = false) -> Element {
    storage.reduced { lanes, result in
      lanes.storeExtremes(result, largest: false, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the smallest elements along one axis. The result lacks the axis, or has it with extent
  /// 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func min(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try min(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// Returns the smallest elements along several axes. The result lacks the axes, or has them with
  /// extent 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, none is named twice, and no extent is 0 unless the result is
  ///   empty.
  @inlinable
  public func min(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeExtremes(results, largest: false, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the largest element. The result is NaN if an element is NaN. A zero has no sign.
  ///
  /// - Parameter ignoringNaN: Whether NaN elements are ignored. If so, the result is NaN only if
  ///   all elements are NaN.
  /// - Precondition: The array is not empty.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func max(ignoringNaN: Bool = false) -> Element {
    storage.reduced { lanes, result in
      lanes.storeExtremes(result, largest: true, ignoringNaN: ignoringNaN)
    }
  }

  /// Returns the largest elements along one axis. The result lacks the axis, or has it with extent
  /// 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func max(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try max(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// Returns the largest elements along several axes. The result lacks the axes, or has them with
  /// extent 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, none is named twice, and no extent is 0 unless the result is
  ///   empty.
  @inlinable
  public func max(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeExtremes(results, largest: true, ignoringNaN: ignoringNaN)
    }
  }
}
