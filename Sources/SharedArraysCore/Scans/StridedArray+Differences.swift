public import SharedArraysMemory

extension StridedArray where Element: ArithmeticElement {
  /// Returns a new array of rank 1 with the differences of neighbours in row-major order. Each
  /// result is an element minus the one before it, so the result has one element fewer. Integers
  /// wrap.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func differences() throws(SharedMemoryError) -> SharedArray<Element> {
    try flattened().differences(axis: 0)
  }

  /// Returns a new array with the differences of neighbours along an axis. Each result is an
  /// element minus the one before it, so the extent along the axis is one less. Integers wrap.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func differences(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    let extent = shape[axis]
    if extent == 0 { return try SharedArray(uninitialized: shape) }
    return try slice(1..<extent, axis: axis) - slice(0..<extent - 1, axis: axis)
  }
}
