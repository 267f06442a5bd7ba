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
