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
      trap("suffix(\(count)) cannot select from axis \(axis), which has extent \(extent).")
    }
    return SelectedIndices(from: extent - count, upTo: extent, axis: axis, extent: extent)
  }
}

extension AxisSelection where Self == LastIndices {
  /// Selects the last `count` indices, like `-count:` in NumPy.
  ///
  /// - Precondition: the axis has at least `count` indices.
  @inlinable
  public static func suffix(_ count: Int) -> LastIndices { LastIndices(count: count) }
}
