public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// Returns the Euclidean norm: the square root of the sum of the squared magnitudes, or 0 for an
  /// empty array.
  ///
  /// The order and accuracy are those of ``sum(ignoringNaN:)``. If squares overflow or vanish, the
  /// elements are scaled first. NaN propagates; without NaN, an infinite element gives infinity.
  ///
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func norm() -> Element.NormElement {
    storage.reduced { lanes, result in
      lanes.storeNorms(result)
    }
  }

  /// Returns the norms along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func norm(
    axis: Int, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try norm(axes: [axis], keepDims: keepDims)
  }

  /// Returns the norms along several axes. The result lacks the axes, or has them with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axes exist, and none is named twice.
  @inlinable
  public func norm(
    axes: AxisValues, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.NormElement> {
    try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      lanes.storeNorms(results)
    }
  }
}
