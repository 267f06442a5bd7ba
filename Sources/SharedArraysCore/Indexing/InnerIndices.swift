/// The indices of an axis, without some at its start and some at its end.
@frozen
public struct InnerIndices: AxisSelection {
  /// The number of indices left out at the start, and the number at the end.
  @usableFromInline let first: Int
  @usableFromInline let last: Int

  @inlinable
  init(droppingFirst first: Int, last: Int) {
    if first < 0 || last < 0 { trap("A view cannot leave out \(Swift.min(first, last)) indices of an axis.") }
    self.first = first
    self.last = last
  }

  /// Returns the remaining indices.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if first > extent || last > extent - first {
      trap("A view cannot leave out \(first) + \(last) indices of axis \(axis), which has extent \(extent).")
    }
    return SelectedIndices(from: first, upTo: extent - last, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == InnerIndices {
  /// All indices but the first `count`, as `count:` in NumPy.
  ///
  /// - Precondition: `count` is not negative, and the axis has at least `count` indices.
  @inlinable
  public static func dropFirst(_ count: Int) -> InnerIndices { InnerIndices(droppingFirst: count, last: 0) }

  /// Selects all indices but the last `count`, like `:-count` in NumPy.
  ///
  /// - Precondition: `count` is not negative, and the axis has at least `count` indices.
  @inlinable
  public static func dropLast(_ count: Int) -> InnerIndices { InnerIndices(droppingFirst: 0, last: count) }

  /// Selects all indices but the first `count` and the last `count`, like `count:-count` in NumPy:
  /// the interior of a grid.
  ///
  /// - Precondition: `count` is not negative, and the axis has at least twice `count` indices.
  @inlinable
  public static func trimming(_ count: Int) -> InnerIndices {
    InnerIndices(droppingFirst: count, last: count)
  }
}
