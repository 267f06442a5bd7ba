public import SharedArraysMemory

extension StridedArray {
  /// Returns a new array of this shape with the elements shifted by `shift` indices along an axis.
  /// Elements that leave the array at one end come back at the other.
  ///
  ///     let west = try grid.rolled(by: 1, axis: 1)     // at [i, j] the left neighbour of grid[i, j], on a torus
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func rolled(by shift: Int, axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    let extent = shape[axis]
    let result = try SharedArray<Element>(uninitialized: shape)
    if isEmpty { return result }
    // The remainder modulo the extent, which is not negative.
    let start = (shift % extent + extent) % extent
    result.slice(start..<extent, axis: axis).storage.assign(slice(0..<extent - start, axis: axis).storage)
    result.slice(0..<start, axis: axis).storage.assign(slice(extent - start..<extent, axis: axis).storage)
    return result
  }

  /// Returns a new array of this shape with the elements shifted by `shift` positions in row-major
  /// order. Elements that leave the array at one end come back at the other.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func rolled(by shift: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    try flattened().rolled(by: shift, axis: 0).reshaped(shape)
  }
}
