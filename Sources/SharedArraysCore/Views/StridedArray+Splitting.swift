extension StridedArray {
  /// Returns views of `count` successive parts along an axis. Their sizes differ by at most one,
  /// the larger ones first. If the axis has fewer indices than `count`, the last parts are empty.
  ///
  /// - Precondition: the axis exists, and `count` is positive.
  /// - Complexity: O(count), no elements are copied.
  @inlinable
  public func split(into count: Int, axis: Int = 0) -> [Self] {
    shape.requireAxis(axis)
    if count < 1 {
      trap("Axis \(axis), which has extent \(shape[axis]), cannot be split into \(count) parts.")
    }
    let (size, larger) = shape[axis].quotientAndRemainder(dividingBy: count)
    return (0..<count).map { part in
      let start = part * size + Swift.min(part, larger)
      return slice(start..<start + size + (part < larger ? 1 : 0), axis: axis)
    }
  }

  /// Returns views of the parts between successive indices along an axis: from 0 to the first
  /// index, from there to the second, and so on to the end. The number of parts is one more than
  /// the number of indices.
  ///
  /// NumPy clips indices beyond the end and counts negative ones from the end; here, as in other
  /// views, an index outside the axis is a programming mistake.
  ///
  /// - Precondition: the axis exists, the indices lie in `0...extent`, and none is smaller than the
  ///   previous one.
  /// - Complexity: O(number of indices), no elements are copied.
  @inlinable
  public func split(at indices: [Int], axis: Int = 0) -> [Self] {
    shape.requireAxis(axis)
    let extent = shape[axis]
    var start = 0
    return (indices + [extent]).map { index in
      if index < start || index > extent { trapSplit(indices, axis: axis, extent: extent) }
      defer { start = index }
      return slice(start..<index, axis: axis)
    }
  }
}

@usableFromInline @inline(never)
func trapSplit(_ indices: [Int], axis: Int, extent: Int) -> Never {
  trap(
    "Axis \(axis), which has extent \(extent), cannot be split at \(indices): they must ascend within 0...\(extent)."
  )
}
