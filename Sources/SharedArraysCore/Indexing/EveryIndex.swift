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
    if step == 0 { trap("stride(by:) needs a step other than 0.") }
    return EveryIndex(step: step)
  }
}
