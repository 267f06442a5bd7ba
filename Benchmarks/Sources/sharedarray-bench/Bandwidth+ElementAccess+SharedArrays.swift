import SharedArrays

/// The contenders of this library in element access.
extension Bandwidth {
  static func sharedArrayAccess() throws -> [Contender] {
    [
      try access("SharedArrays x[i, j]", sweepElements),
      try access("SharedArrays row spans", sweepRows),
    ]
  }

  private static func access(
    _ name: String, _ sweep: @escaping (SharedArray<Double>) -> Void
  ) throws -> Contender {
    let matrix = try SharedArray<Double>(shape: [rows, columns])
    return Contender(
      name, check: { try checkAccess(matrix[rows - 1, columns - 1], column: columns - 1) },
      run: { nanosecondsPerElement { sweep(matrix) } })
  }

  @inline(never)
  private static func sweepElements(_ x: SharedArray<Double>) {
    for i in 0..<rows {
      for j in 0..<columns {
        x[i, j] = x[i, j] * 0.5 + Double(j)
      }
    }
  }

  @inline(never)
  private static func sweepRows(_ x: SharedArray<Double>) {
    for i in 0..<rows {
      var row = x.mutableSpan(row: i)
      for j in row.indices {
        row[j] = row[j] * 0.5 + Double(j)
      }
    }
  }
}
