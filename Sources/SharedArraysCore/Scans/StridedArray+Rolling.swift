public import SharedArraysMemory

extension StridedArray {
  /// The elements moved on by `shift` indices along an axis, as a new array of this shape; those that leave it at one end
  /// come back at the other.
  ///
  ///     let west = try grid.rolled(by: 1, axis: 1)     // at [i, j] the left neighbour of grid[i, j], on a torus
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func rolled(by shift: Int, axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    let extent = shape[axis]
    let result = try SharedArray<Element>(uninitialized: shape)
    if isEmpty { return result }
    // From 0 on, whatever the sign.
    let start = (shift % extent + extent) % extent
    result.slice(start..<extent, axis: axis).storage.assign(slice(0..<extent - start, axis: axis).storage)
    result.slice(0..<start, axis: axis).storage.assign(slice(extent - start..<extent, axis: axis).storage)
    return result
  }

  /// The elements moved on by `shift` positions of the row-major order, as a new array of this shape; those that leave it
  /// at one end come back at the other.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func rolled(by shift: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    try flattened().rolled(by: shift, axis: 0).reshaped(shape)
  }
}
