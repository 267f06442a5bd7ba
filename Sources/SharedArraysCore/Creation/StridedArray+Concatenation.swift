public import SharedArraysMemory

/// Returns a new unnamed array with the elements of several arrays joined along an axis.
///
///     let table = try concatenate([head, body, foot])       // rows below rows
///     let wide = try concatenate([left, right], axis: 1)    // columns beside columns
///
/// The arrays may be any views. To join a ``SharedArray`` with a ``ReadOnlySharedArray``, convert
/// the first to a `ReadOnlySharedArray`.
///
/// - Throws: the errors of ``SharedArray/init(shape:)``.
/// - Precondition: `arrays` is not empty, the axis exists, and all extents along the other axes are
///   the same.
/// - Complexity: O(n), n elements of the result.
@inlinable
public func concatenate<Element: SharedArrayElement>(
  _ arrays: [some StridedArray<Element>], axis: Int = 0
) throws(SharedMemoryError) -> SharedArray<Element> {
  let result = try SharedArray<Element>(uninitialized: joinedShape(arrays.map(\.shape), axis: axis))
  var end = 0
  for array in arrays {
    let start = end
    end += array.shape[axis]
    result.slice(start..<end, axis: axis).storage.assign(array.storage)
  }
  return result
}

/// Returns a new unnamed array of arrays of the same shape, stacked along a new axis. The first
/// array has index 0 along that axis.
///
///     let matrix = try stack([x, y, z])             // the three vectors are its rows
///     let columns = try stack([x, y, z], axis: 1)   // … and here its columns
///
/// - Parameters:
///   - arrays: The arrays, which may be any views.
///   - axis: The index of the new axis in the result.
/// - Throws: the errors of ``SharedArray/init(shape:)``.
/// - Precondition: `arrays` is not empty, all have the same shape of at most seven axes, and `axis`
///   is in `0...rank`.
/// - Complexity: O(n), n elements of the result.
@inlinable
public func stack<Element: SharedArrayElement>(
  _ arrays: [some StridedArray<Element>], axis: Int = 0
) throws(SharedMemoryError) -> SharedArray<Element> {
  requireStackable(arrays.map(\.shape), axis: axis)
  return try concatenate(arrays.map { $0.newAxis(at: axis) }, axis: axis)
}

/// Returns the shape of several arrays joined along an axis.
///
/// - Throws: `tooLarge` if the sum of the extents overflows, as that of broadcast views can.
@usableFromInline
func joinedShape(_ shapes: [Shape], axis: Int) throws(SharedMemoryError) -> Shape {
  guard var result = shapes.first else { trap("concatenate(_:axis:) needs at least one array.") }
  result.requireAxis(axis)
  for (position, shape) in shapes.enumerated().dropFirst() {
    var fitting = shape
    if shape.count == result.count { fitting[axis] = result[axis] }
    if fitting != result {
      trap(
        "Array \(position) of shape \(shape) cannot be joined to array 0 of shape \(shapes[0]) along axis \(axis): "
          + "all other extents must be the same.")
    }
    let (extent, overflow) = result[axis].addingReportingOverflow(shape[axis])
    if overflow {
      throw SharedMemoryError(.tooLarge, detail: "\(shapes.count) arrays joined, one of shape \(shape)")
    }
    result[axis] = extent
  }
  return result
}

@usableFromInline
func requireStackable(_ shapes: [Shape], axis: Int) {
  guard let first = shapes.first else { trap("stack(_:axis:) needs at least one array.") }
  for (position, shape) in shapes.enumerated() where shape != first {
    trap("Array \(position) of shape \(shape) cannot be stacked on array 0 of shape \(first).")
  }
  if first.count == AxisValues.largestRank { trapRank(first.count + 1) }
  if axis < 0 || axis > first.count { trapAxis(axis, rank: first.count + 1) }
}
