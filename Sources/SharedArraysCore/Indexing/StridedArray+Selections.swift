// The compiler does not unroll loops over a parameter pack: it copies each selection and calls it
// through its witness table. The common numbers of selections therefore have their own subscripts,
// which compile to straight-line code.

extension StridedArray {
  /// A view of the indices that one selection keeps, like the subscript for any number of
  /// selections.
  ///
  /// - Precondition: the same as for that subscript.
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public subscript(_ a: some AxisSelection) -> Self {
    var view = ViewAxes(of: storage.shape)
    view.count(a)
    view.requireCounts(of: storage.shape)
    view.append(a, of: storage)
    return Self(storage: view.completed(of: storage))
  }

  /// A view of the indices that two selections keep, like the subscript for any number of
  /// selections.
  ///
  /// - Precondition: the same as for that subscript.
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public subscript(_ a: some AxisSelection, _ b: some AxisSelection) -> Self {
    var view = ViewAxes(of: storage.shape)
    view.count(a)
    view.count(b)
    view.requireCounts(of: storage.shape)
    view.append(a, of: storage)
    view.append(b, of: storage)
    return Self(storage: view.completed(of: storage))
  }

  /// A view of the indices that three selections keep, like the subscript for any number of
  /// selections.
  ///
  /// - Precondition: the same as for that subscript.
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public subscript(_ a: some AxisSelection, _ b: some AxisSelection, _ c: some AxisSelection) -> Self {
    var view = ViewAxes(of: storage.shape)
    view.count(a)
    view.count(b)
    view.count(c)
    view.requireCounts(of: storage.shape)
    view.append(a, of: storage)
    view.append(b, of: storage)
    view.append(c, of: storage)
    return Self(storage: view.completed(of: storage))
  }

  /// A view of the indices that four selections keep, like the subscript for any number of
  /// selections.
  ///
  /// - Precondition: the same as for that subscript.
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public subscript(_ a: some AxisSelection, _ b: some AxisSelection, _ c: some AxisSelection,
    _ d: some AxisSelection
  ) -> Self {
    var view = ViewAxes(of: storage.shape)
    view.count(a)
    view.count(b)
    view.count(c)
    view.count(d)
    view.requireCounts(of: storage.shape)
    view.append(a, of: storage)
    view.append(b, of: storage)
    view.append(c, of: storage)
    view.append(d, of: storage)
    return Self(storage: view.completed(of: storage))
  }
}
