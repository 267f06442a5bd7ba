public import SharedArraysMemory

extension StridedArray where Element: ArithmeticElement {
  /// The differences of neighbours in row-major order, each less the one before it, as a new array of rank 1: one fewer
  /// than there are elements. Integers wrap.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func differences() throws(SharedMemoryError) -> SharedArray<Element> {
    try flattened().differences(axis: 0)
  }

  /// The differences of neighbours along an axis, each less the one before it, as a new array; its extent along the axis
  /// is one less. Integers wrap.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func differences(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    let extent = shape[axis]
    if extent == 0 { return try SharedArray(uninitialized: shape) }
    return try slice(1..<extent, axis: axis) - slice(0..<extent - 1, axis: axis)
  }
}
