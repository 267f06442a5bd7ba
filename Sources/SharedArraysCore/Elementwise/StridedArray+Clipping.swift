public import SharedArraysMemory

extension StridedArray where Element: ArithmeticElement & OrderedElement & Comparable {
  /// The elements, those below or above a range replaced by its bounds, as a new array. NaN stays NaN.
  ///
  /// For one bound alone, `map(.maximum, low)` and `map(.minimum, high)` do the same.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func clipped(to range: ClosedRange<Element>) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try map(.maximum, range.lowerBound)
    result.update(.minimum, range.upperBound)
    return result
  }
}

extension SharedArray where Element: ArithmeticElement & OrderedElement & Comparable {
  /// Replaces elements below or above a range by its bounds. NaN stays NaN.
  @inlinable
  public func clip(to range: ClosedRange<Element>) {
    update(.maximum, range.lowerBound)
    update(.minimum, range.upperBound)
  }
}
