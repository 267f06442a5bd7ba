public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// The smallest element.
  ///
  /// - Parameter ignoringNaN: whether NaN is left out; otherwise the result is NaN if an element is. It is NaN,
  ///   too, if no other element is left. A zero comes without sign.
  /// - Precondition: the array is not empty.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func min(ignoringNaN: Bool = false) -> Element {
    storage.reduced { lanes, result in
      lanes.storeExtremes(result, largest: false, ignoringNaN: ignoringNaN)
    }
  }

  /// The smallest elements along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func min(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try min(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// The smallest elements along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, none is named twice, and no extent is 0 unless the result is empty.
  @inlinable
  public func min(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeExtremes(results, largest: false, ignoringNaN: ignoringNaN)
    }
  }

  /// The largest element.
  ///
  /// - Parameter ignoringNaN: whether NaN is left out; otherwise the result is NaN if an element is. It is NaN,
  ///   too, if no other element is left. A zero comes without sign.
  /// - Precondition: the array is not empty.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func max(ignoringNaN: Bool = false) -> Element {
    storage.reduced { lanes, result in
      lanes.storeExtremes(result, largest: true, ignoringNaN: ignoringNaN)
    }
  }

  /// The largest elements along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func max(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try max(axes: [axis], keepDims: keepDims, ignoringNaN: ignoringNaN)
  }

  /// The largest elements along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, none is named twice, and no extent is 0 unless the result is empty.
  @inlinable
  public func max(
    axes: AxisValues, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeExtremes(results, largest: true, ignoringNaN: ignoringNaN)
    }
  }
}
