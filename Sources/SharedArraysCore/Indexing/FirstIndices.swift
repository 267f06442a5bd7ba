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
      trap("prefix(\(count)) cannot select from axis \(axis), which has extent \(extent).")
    }
    return SelectedIndices(from: 0, upTo: count, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == FirstIndices {
  /// The first `count` indices, as `:count` in NumPy.
  ///
  /// - Precondition: `count` is not negative, and the axis has at least `count` indices.
  @inlinable
  public static func prefix(_ count: Int) -> FirstIndices { FirstIndices(count: count) }
}
