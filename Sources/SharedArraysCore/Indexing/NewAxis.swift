/// A new axis of extent 1.
@frozen
public struct NewAxis: AxisSelection {
  @inlinable
  init() {}

  @inlinable public var selectedAxes: SelectedAxes { .new }

  /// Returns the only index of the new axis.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: 0, count: extent, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == NewAxis {
  /// A new axis of extent 1 at this position, like `numpy.newaxis`. It selects from no axis of the
  /// array.
  @inlinable public static var newAxis: NewAxis { NewAxis() }
}
