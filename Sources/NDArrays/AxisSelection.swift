/// Which indices along one axis a view keeps: an `Int`, a range, a `stride(from:to:by:)`, `.all` or `.every(_:)`.
public protocol AxisSelection {
  /// The selected indices of an axis.
  ///
  /// - Precondition: all lie in `0..<extent`.
  func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices
}

/// The indices of one axis that a view keeps.
@frozen
public struct SelectedIndices: Sendable {
  @usableFromInline let first: Int
  @usableFromInline let count: Int
  @usableFromInline let step: Int
  /// False for a single index, whose axis the view does not have.
  @usableFromInline let keepsAxis: Bool

  /// `count` indices from `first` on, `step` apart.
  ///
  /// - Precondition: they lie in `0..<extent`.
  @inlinable
  public init(first: Int, count: Int, step: Int = 1, keepsAxis: Bool = true, axis: Int, extent: Int) {
    let last = first + (count - 1) * step
    if count > 0, first < 0 || first >= extent || last < 0 || last >= extent {
      trap("The indices \(first)…\(last) are outside axis \(axis), which has extent \(extent).")
    }
    if count == 0, first < 0 || first > extent {
      trap("The empty range at \(first) is outside axis \(axis), which has extent \(extent).")
    }
    // An empty selection must not move the view's first element out of the memory.
    self.first = count > 0 ? first : 0
    self.count = count
    self.step = step
    self.keepsAxis = keepsAxis
  }
}

/// All indices of an axis, or every n-th.
@frozen
public struct EveryIndex: AxisSelection {
  @usableFromInline let step: Int

  @inlinable
  init(step: Int) { self.step = step }

  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    let count = (extent + abs(step) - 1) / abs(step)
    return SelectedIndices(first: step > 0 ? 0 : extent - 1, count: count, step: step, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == EveryIndex {
  /// The whole axis.
  @inlinable public static var all: EveryIndex { EveryIndex(step: 1) }

  /// Every `step`-th index from the first; with a negative step from the last, so that `.every(-1)` turns the axis round.
  ///
  /// - Precondition: `step` is not 0.
  @inlinable
  public static func every(_ step: Int) -> EveryIndex {
    if step == 0 { trap("A view cannot take every 0th index of an axis.") }
    return EveryIndex(step: step)
  }
}

extension Int: AxisSelection {
  /// One index; the view has one axis less.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: self, count: 1, keepsAxis: false, axis: axis, extent: extent)
  }
}

extension Range: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: lowerBound, count: upperBound - lowerBound, axis: axis, extent: extent)
  }
}

extension ClosedRange: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: lowerBound, count: upperBound - lowerBound + 1, axis: axis, extent: extent)
  }
}

extension PartialRangeFrom: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if lowerBound > extent { trap("\(lowerBound)... starts after axis \(axis), which has extent \(extent).") }
    return SelectedIndices(first: lowerBound, count: extent - lowerBound, axis: axis, extent: extent)
  }
}

extension PartialRangeUpTo: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if upperBound < 0 { trap("..<\(upperBound) ends before axis \(axis) starts.") }
    return SelectedIndices(first: 0, count: upperBound, axis: axis, extent: extent)
  }
}

extension PartialRangeThrough: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if upperBound < -1 { trap("...\(upperBound) ends before axis \(axis) starts.") }
    return SelectedIndices(first: 0, count: upperBound + 1, axis: axis, extent: extent)
  }
}

extension StrideTo: AxisSelection where Element == Int {
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices { selected(axis, extent) }
}

extension StrideThrough: AxisSelection where Element == Int {
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices { selected(axis, extent) }
}

extension Sequence<Int> {
  /// The indices of a stride, which does not tell its bounds but knows how many numbers it has.
  fileprivate func selected(_ axis: Int, _ extent: Int) -> SelectedIndices {
    var numbers = makeIterator()
    let first = numbers.next() ?? 0
    let step = (numbers.next() ?? first + 1) - first
    return SelectedIndices(first: first, count: underestimatedCount, step: step, axis: axis, extent: extent)
  }
}
