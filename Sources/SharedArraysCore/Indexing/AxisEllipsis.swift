/// All axes that no other selection applies to.
@frozen
public struct AxisEllipsis: AxisSelection {
  @inlinable
  init() {}

  @inlinable public var selectedAxes: SelectedAxes { .ellipsis }

  /// Returns all indices of one of the axes.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: 0, count: extent, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == AxisEllipsis {
  /// All axes that no other selection applies to, with all their indices, like `...` in NumPy. It
  /// can match no axes.
  @inlinable public static var ellipsis: AxisEllipsis { AxisEllipsis() }
}
