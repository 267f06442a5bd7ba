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

/// The indices of one axis that a view keeps.
@frozen
public struct SelectedIndices: Sendable {
  @usableFromInline let first: Int
  @usableFromInline let count: Int
  @usableFromInline let step: Int
  /// The extent of the axis against which they have been checked.
  @usableFromInline let extent: Int
  /// Whether the view keeps the axis; false for a single index.
  @usableFromInline let keepsAxis: Bool

  /// Creates a selection of `count` indices from `first`, `step` apart.
  ///
  /// - Precondition: they lie in `0..<extent`. If `count` is 0, `first` may be `extent`.
  @inlinable
  public init(first: Int, count: Int, step: Int = 1, keepsAxis: Bool = true, axis: Int, extent: Int) {
    var isInside = count >= 0 && first >= 0 && first <= extent - (count > 0 ? 1 : 0)
    if isInside, count > 1, step != 0 {
      let room = step > 0 ? extent - 1 - first : first
      isInside = UInt(count - 1) <= UInt(room) / step.magnitude
    }
    if !isInside { trapSelection(first, count, step, axis, extent) }
    // The offset of an empty selection must not move the view's first element out of the memory.
    self.first = count > 0 ? first : 0
    self.count = count
    // An unused step could overflow when it is multiplied by a stride.
    self.step = count > 1 ? step : 1
    self.extent = extent
    self.keepsAxis = keepsAxis
  }

  /// Creates a selection of the indices from `lower` up to, but not including, `upper`.
  @inlinable
  init(from lower: Int, upTo upper: Int, axis: Int, extent: Int) {
    if lower < 0 || upper > extent || lower > upper {
      let isEmpty = lower == upper
      trapIndices(lower, through: isEmpty ? nil : upper - 1, axis, extent)
    }
    self.init(first: lower, count: upper - lower, axis: axis, extent: extent)
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
    // Magnitudes are used because the smallest Int cannot be negated.
    let count = extent == 0 ? 0 : Int(UInt(extent - 1) / step.magnitude) + 1
    let first = step > 0 || extent == 0 ? 0 : extent - 1
    return SelectedIndices(first: first, count: count, step: step, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == EveryIndex {
  /// The whole axis.
  @inlinable public static var all: EveryIndex { EveryIndex(step: 1) }

  /// Selects every `step`-th index from the first, or with a negative step from the last:
  /// `.stride(by: -1)` reverses the axis.
  ///
  /// - Precondition: `step` is not 0.
  @inlinable
  public static func stride(by step: Int) -> EveryIndex {
    if step == 0 { trap("A view cannot take every 0th index of an axis.") }
    return EveryIndex(step: step)
  }
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
