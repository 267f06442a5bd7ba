/// The first index of an axis.
@frozen
public struct FirstIndex: AxisSelection {
  @inlinable
  init() {}

  /// The first index; the view has one axis less.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: 0, count: 1, keepsAxis: false, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == FirstIndex {
  /// The first index, as `0` in NumPy; the view has one axis less.
  @inlinable public static var first: FirstIndex { FirstIndex() }
}
