public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// The Euclidean norm: the square root of the sum of the squares of all magnitudes; 0 for an empty array.
  ///
  /// Order and accuracy are those of ``sum(ignoringNaN:)``. Elements whose squares overflow or vanish are
  /// scaled first. NaN propagates; without one, an infinity gives infinity.
  ///
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func norm() -> Element.NormElement {
    storage.reduced { lanes, result in
      lanes.storeNorms(result)
    }
  }

  /// The norms along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func norm(
    axis: Int, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try norm(axes: [axis], keepDims: keepDims)
  }

  /// The norms along several axes, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func norm(
    axes: AxisValues, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeNorms(results)
    }
  }
}
