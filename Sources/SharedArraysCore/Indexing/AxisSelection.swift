/// The indices along one axis that a view keeps: an `Int`, a range, a `stride(from:to:by:)`,
/// `.all`, `.stride(by: _:)`, or, counted from the end, `.last`, `.suffix(_:)`, `.dropLast(_:)` and
/// `.trimming(_:)`. Two other kinds select from no axis, `.newAxis`, or from several, `.ellipsis`.
public protocol AxisSelection {
  /// The axes this selection applies to. The default is the next axis of the array.
  var selectedAxes: SelectedAxes { get }

  /// Returns the selected indices of an axis.
  ///
  /// - Precondition: all lie in `0..<extent`.
  func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices
}

extension Int: AxisSelection {
  /// Returns the one index; the view has one axis less.
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(first: self, count: 1, keepsAxis: false, axis: axis, extent: extent)
  }
}

extension Range: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    SelectedIndices(from: lowerBound, upTo: upperBound, axis: axis, extent: extent)
  }
}

extension ClosedRange: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if upperBound >= extent { trapIndices(lowerBound, through: upperBound, axis, extent) }
    return SelectedIndices(from: lowerBound, upTo: upperBound + 1, axis: axis, extent: extent)
  }
}

extension PartialRangeFrom: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if lowerBound > extent { trap("\(lowerBound)... starts after axis \(axis), which has extent \(extent).") }
    return SelectedIndices(from: lowerBound, upTo: extent, axis: axis, extent: extent)
  }
}

extension PartialRangeUpTo: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if upperBound < 0 { trap("..<\(upperBound) ends before axis \(axis) starts.") }
    return SelectedIndices(from: 0, upTo: upperBound, axis: axis, extent: extent)
  }
}

extension PartialRangeThrough: AxisSelection where Bound == Int {
  @inlinable
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices {
    if upperBound < -1 { trap("...\(upperBound) ends before axis \(axis) starts.") }
    if upperBound >= extent { trapIndices(0, through: upperBound, axis, extent) }
    return SelectedIndices(from: 0, upTo: upperBound + 1, axis: axis, extent: extent)
  }
}

extension StrideTo: AxisSelection where Element == Int {
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices { selected(axis, extent) }
}

extension StrideThrough: AxisSelection where Element == Int {
  public func indices(ofAxis axis: Int, extent: Int) -> SelectedIndices { selected(axis, extent) }
}

extension Sequence<Int> {
  /// Returns the indices of a stride. A stride exposes neither its bounds nor its count, so its
  /// numbers are iterated, up to the extent of the axis.
  fileprivate func selected(_ axis: Int, _ extent: Int) -> SelectedIndices {
    var first = 0
    var step = 1
    var count = 0
    for number in self {
      if number < 0 || number >= extent { trapIndices(number, through: number, axis, extent) }
      if count == 0 { first = number }
      if count == 1 { step = number - first }
      count += 1
    }
    return SelectedIndices(first: first, count: count, step: step, axis: axis, extent: extent)
  }
}
