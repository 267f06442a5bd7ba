public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// Returns a new array of this shape with the smallest of the first 1, 2, … elements along an
  /// axis, as NumPy's `minimum.accumulate`. All results from the first NaN on are NaN.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeMin(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(axis, .minimum)
  }

  /// Returns a new array of rank 1 with the smallest of the first 1, 2, … elements in row-major
  /// order.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeMin() throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(nil, .minimum)
  }

  /// Returns a new array of this shape with the largest of the first 1, 2, … elements along an
  /// axis, as NumPy's `maximum.accumulate`. All results from the first NaN on are NaN.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeMax(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(axis, .maximum)
  }

  /// Returns a new array of rank 1 with the largest of the first 1, 2, … elements in row-major
  /// order.
  ///
  ///     let drawdown = try wealth / wealth.cumulativeMax() - 1
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeMax() throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(nil, .maximum)
  }
}
