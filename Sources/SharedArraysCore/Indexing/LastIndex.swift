// Selections count from the end by names. Negative indices do not count from the end, so that an
// index that is negative by mistake is not taken for another one.

/// The last index of an axis.
@frozen
public struct LastIndex: AxisSelection {
  @inlinable
  init() {}

  /// Returns the last index; the view has one axis less.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: extent - 1, count: 1, keepsAxis: false, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == LastIndex {
  /// The last index, like `-1` in NumPy; the view has one axis less.
  @inlinable public static var last: LastIndex { LastIndex() }
}
