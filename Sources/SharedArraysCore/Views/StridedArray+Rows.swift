extension StridedArray {
  /// The rows of a matrix, as views: those at each index of the first axis.
  ///
  ///     for row in x.rows { row.fill(0) }
  ///
  /// - Precondition: the array has an axis.
  /// - Complexity: O(rank), also for each row; nothing is allocated.
  @inlinable public var rows: Subarrays<Self> { subarrays(axis: 0) }

  /// The columns of a matrix, as views: those at each index of the second axis.
  ///
  ///     let norms = x.columns.map { column in column.norm() }
  ///
  /// - Precondition: the array has two axes.
  /// - Complexity: O(rank), also for each column; nothing is allocated.
  @inlinable public var columns: Subarrays<Self> { subarrays(axis: 1) }

  /// The row at an index, as a view: `x[index]` in NumPy.
  ///
  /// - Precondition: the array has an axis, and the index is in `0..<shape[0]`.
  /// - Complexity: O(rank); nothing is allocated.
  @inlinable
  public func row(_ index: Int) -> Self { rows[index] }

  /// The column at an index, as a view: `x[:, index]` in NumPy.
  ///
  /// - Precondition: the array has two axes, and the index is in `0..<shape[1]`.
  /// - Complexity: O(rank); nothing is allocated.
  @inlinable
  public func column(_ index: Int) -> Self { columns[index] }
}
