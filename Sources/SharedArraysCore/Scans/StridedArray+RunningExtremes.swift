public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// The smallest of the first 1, 2, … elements along an axis, as a new array of this shape: NumPy's
  /// `minimum.accumulate`. From the first NaN on, all are NaN.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeMin(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(axis, .minimum)
  }

  /// The smallest of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeMin() throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(nil, .minimum)
  }

  /// The largest of the first 1, 2, … elements along an axis, as a new array of this shape: NumPy's
  /// `maximum.accumulate`. From the first NaN on, all are NaN.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeMax(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(axis, .maximum)
  }

  /// The largest of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  ///     let drawdown = try wealth / wealth.cumulativeMax() - 1
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeMax() throws(SharedMemoryError) -> SharedArray<Element> {
    try accumulated(nil, .maximum)
  }
}
