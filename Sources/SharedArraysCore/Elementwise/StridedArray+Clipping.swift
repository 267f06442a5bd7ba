public import SharedArraysMemory

extension StridedArray where Element: ArithmeticElement & OrderedElement & Comparable {
  /// Returns a new array of the elements limited to a range: elements below or above it are
  /// replaced by its bounds. NaN stays NaN.
  ///
  /// To apply one bound only, use `map(.maximum, low)` or `map(.minimum, high)`.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
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
