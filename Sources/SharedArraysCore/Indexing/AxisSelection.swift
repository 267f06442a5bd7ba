/// Which indices along one axis a view keeps: an `Int`, a range, a `stride(from:to:by:)`, `.all`, `.every(_:)`, or, counted
/// from the end, `.last`, `.suffix(_:)`, `.dropLast(_:)` and `.inner(_:)`. Two more kinds stand for no axis, `.newAxis`, or for
/// several, `.rest`.
public protocol AxisSelection {
  /// Which axes this is for: unless a type says otherwise, the next one of the array.
  var selectedAxes: SelectedAxes { get }

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
  /// The extent of the axis that they have been checked against.
  @usableFromInline let extent: Int
  /// False for a single index, whose axis the view does not have.
  @usableFromInline let keepsAxis: Bool

  /// `count` indices from `first` on, `step` apart.
  ///
  /// - Precondition: they lie in `0..<extent`; `first` may be `extent` if there are none.
  @inlinable
  public init(first: Int, count: Int, step: Int = 1, keepsAxis: Bool = true, axis: Int, extent: Int) {
    var isInside = count >= 0 && first >= 0 && first <= extent - (count > 0 ? 1 : 0)
    if isInside, count > 1, step != 0 {
      let room = step > 0 ? extent - 1 - first : first
      isInside = UInt(count - 1) <= UInt(room) / step.magnitude
    }
    if !isInside { trapSelection(first, count, step, axis, extent) }
    // An empty selection must not move the view's first element out of the memory.
    self.first = count > 0 ? first : 0
    self.count = count
    // A step that is never taken could overflow when it is multiplied by a stride.
    self.step = count > 1 ? step : 1
    self.extent = extent
    self.keepsAxis = keepsAxis
  }

  /// The indices from `lower` on, `upper` not among them.
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
    // Magnitudes, since the smallest Int has no opposite.
    let count = extent == 0 ? 0 : Int(UInt(extent - 1) / step.magnitude) + 1
    let first = step > 0 || extent == 0 ? 0 : extent - 1
    return SelectedIndices(first: first, count: count, step: step, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == EveryIndex {
  /// The whole axis.
  @inlinable public static var all: EveryIndex { EveryIndex(step: 1) }

  /// Every `step`-th index from the first; with a negative step from the last, so that `.every(-1)` turns the
  /// axis round.
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
  /// The indices of a stride, which tells neither its bounds nor how many numbers it has: they are counted,
  /// as far as the axis goes.
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
