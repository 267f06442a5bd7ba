// Selections that count from the end of an axis. Negative indices do not count from the end, so
// that an index that is negative by mistake is not taken for another one.

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

/// The first indices of an axis.
@frozen
public struct FirstIndices: AxisSelection {
  @usableFromInline let count: Int

  @inlinable
  init(count: Int) { self.count = count }

  /// The first `count` indices.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if count < 0 || count > extent {
      trap("Axis \(axis), which has extent \(extent), has no first \(count) indices.")
    }
    return SelectedIndices(from: 0, upTo: count, axis: axis, extent: extent)
  }
}

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

/// The last indices of an axis.
@frozen
public struct LastIndices: AxisSelection {
  @usableFromInline let count: Int

  @inlinable
  init(count: Int) { self.count = count }

  /// Returns the last `count` indices.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if count < 0 || count > extent {
      trap("Axis \(axis), which has extent \(extent), has no last \(count) indices.")
    }
    return SelectedIndices(from: extent - count, upTo: extent, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == FirstIndex {
  /// The first index, as `0` in NumPy; the view has one axis less.
  @inlinable public static var first: FirstIndex { FirstIndex() }
}

extension AxisSelection where Self == FirstIndices {
  /// The first `count` indices, as `:count` in NumPy.
  ///
  /// - Precondition: `count` is not negative, and the axis has at least as many indices.
  @inlinable
  public static func prefix(_ count: Int) -> FirstIndices { FirstIndices(count: count) }
}

extension AxisSelection where Self == LastIndex {
  /// The last index, like `-1` in NumPy; the view has one axis less.
  @inlinable public static var last: LastIndex { LastIndex() }
}

extension AxisSelection where Self == LastIndices {
  /// Selects the last `count` indices, like `-count:` in NumPy.
  ///
  /// - Precondition: the axis has at least `count` indices.
  @inlinable
  public static func suffix(_ count: Int) -> LastIndices { LastIndices(count: count) }
}

extension AxisSelection where Self == InnerIndices {
  /// All indices but the first `count`, as `count:` in NumPy.
  ///
  /// - Precondition: `count` is not negative, and the axis has at least as many indices.
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
