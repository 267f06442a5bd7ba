public import SharedArraysMemory

// The innermost level is `some Collection`, so that a literal determines it only if it has one at
// that depth. If a parameter had the type `[[[Element]]]`, the literals `[]` and `[[]]` would fit
// several of these initialisers.

extension SharedArray {
  /// Creates an unnamed matrix from its rows.
  ///
  ///     let x = try SharedArray<Double>([[1, 2], [3, 4]])
  ///
  /// The shape is `[0, 0]` without rows, and `[1, 0]` for one empty row.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: all rows have the same number of elements.
  /// - Complexity: O(n).
  @inlinable
  public init(_ rows: [some Collection<Element>]) throws(SharedMemoryError) {
    try self.init(uninitialized: [rows.count, rows.first?.count ?? 0])
    for (i, row) in rows.enumerated() { storage.store(row, at: [i]) }
  }

  /// Creates an unnamed array of rank 3 from its matrices, each of which is an array of rows.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: all matrices have the same number of rows, and all rows the same number of
  ///   elements.
  /// - Complexity: O(n).
  @inlinable
  public init(_ matrices: [[some Collection<Element>]]) throws(SharedMemoryError) {
    let first = matrices.first
    try self.init(uninitialized: [matrices.count, first?.count ?? 0, first?.first?.count ?? 0])
    for (i, matrix) in matrices.enumerated() {
      shape.requireCount(matrix.count, at: [i])
      for (j, row) in matrix.enumerated() { storage.store(row, at: [i, j]) }
    }
  }

  /// Creates an unnamed array of rank 4 from arrays nested four deep.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: all arrays at the same depth have the same number of elements.
  /// - Complexity: O(n).
  @inlinable
  public init(_ blocks: [[[some Collection<Element>]]]) throws(SharedMemoryError) {
    let first = blocks.first
    try self.init(uninitialized: [
      blocks.count, first?.count ?? 0, first?.first?.count ?? 0, first?.first?.first?.count ?? 0,
    ])
    for (i, block) in blocks.enumerated() {
      shape.requireCount(block.count, at: [i])
      for (j, matrix) in block.enumerated() {
        shape.requireCount(matrix.count, at: [i, j])
        for (k, row) in matrix.enumerated() { storage.store(row, at: [i, j, k]) }
      }
    }
  }
}

extension ArrayStorage {
  /// Stores the elements along the last axis at an index of all other axes.
  ///
  /// - Precondition: the storage is contiguous, and the number of elements is the extent of the
  ///   last axis.
  @inlinable
  func store(_ row: some Collection<Element>, at index: AxisValues) {
    shape.requireCount(row.count, at: index)
    var offset = 0
    for axis in 0..<index.rank { offset += index.values[axis] * strides.values[axis] }
    // SAFETY: the index is within the shape, and a whole row of the last axis follows it.
    let place = unsafe UnsafeMutableBufferPointer(start: base + offset, count: shape.values[index.rank])
    _ = unsafe place.update(fromContentsOf: row)
  }
}

extension AxisValues {
  /// Traps unless the nested array at an index has the length of the axis after that index.
  @inlinable
  func requireCount(_ count: Int, at index: AxisValues) {
    if count != values[index.rank] { trapRagged(count, at: index, values[index.rank]) }
  }
}

@usableFromInline @inline(never)
func trapRagged(_ count: Int, at index: AxisValues, _ expected: Int) -> Never {
  let first = AxisValues(repeating: 0, count: index.count)
  trap(
    "Nested arrays must be equally long: the one at \(index) has length \(count), the one at \(first) \(expected)."
  )
}
