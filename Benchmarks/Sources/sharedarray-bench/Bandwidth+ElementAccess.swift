/// The cost of accessing one element of a matrix of 1000 x 1000 doubles, in the loop
/// x[i, j] = x[i, j] * 0.5 + j.
extension Bandwidth {
  static let rows = 1000
  static let columns = 1000

  static func runElementAccess(_ runner: Runner) throws {
    try runner.measure(
      bench: "W4 element access", unit: .nanoseconds, n: rows * columns, rounds: runner.rounds(7),
      contenders: [bufferPointerAccess()] + sharedArrayAccess())
  }

  /// Returns the nanoseconds per element of `sweep`, which visits each element once.
  static func nanosecondsPerElement(_ sweep: () -> Void) -> Double {
    secondsPerCall(repetitions(rows * columns), sweep) / Double(rows * columns) * 1e9
  }

  /// Throws unless an element of a column is close to 2 * column, the limit of many sweeps.
  static func checkAccess(_ element: Double, column: Int) throws {
    try expect(element, 2 * Double(column), tolerance: 1e-6, "an element of column \(column)")
  }

  private static func bufferPointerAccess() -> Contender {
    let matrix = Matrix<Double>(rows: rows, columns: columns) { _ in 0 }
    return Contender(
      "Swift UnsafeMutableBufferPointer",
      check: { try checkAccess(matrix.elements[rows * columns - 1], column: columns - 1) },
      run: { nanosecondsPerElement { sweep(matrix.elements) } })
  }

  @inline(never)
  private static func sweep(_ x: UnsafeMutableBufferPointer<Double>) {
    for i in 0..<rows {
      for j in 0..<columns {
        x[i * columns + j] = x[i * columns + j] * 0.5 + Double(j)
      }
    }
  }
}
