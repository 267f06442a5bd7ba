/// Reductions, updates and selections beside NumPy, on one thread.
///
/// Each combination of operation, element type and size is one line.
enum Arrays {
  static func run(_ runner: Runner) throws {
    let numpy = try NumPyPeer()
    LineWriter.standardError(
      "\nW10 (ns for a call, medians of \(runner.rounds(7)) rounds)\n"
        + "      n  type        ours       NumPy   times as fast  operation")
    for n in runner.quick ? [100, 10_000] : [100, 10_000, 1_000_000] {
      for group in try groups(n) {
        for operation in group.operations {
          try measure(operation, of: group, n, numpy, runner)
        }
      }
    }
  }

  /// Operations on arrays of one element type.
  struct Group {
    let dtype: String
    /// NumPy statements that create the same arrays; m is a mask, and i contains indices.
    let setUp: String
    let operations: [Operation]
  }

  /// One operation, in NumPy and in this library.
  struct Operation {
    /// The NumPy statement, which is also the name of the operation.
    let statement: String
    let run: () throws -> Void

    init(_ statement: String, _ run: @escaping () throws -> Void) {
      self.statement = statement
      self.run = run
    }
  }

  private static func measure(
    _ operation: Operation, of group: Group, _ n: Int, _ numpy: NumPyPeer, _ runner: Runner
  ) throws {
    let ours = { (count: Int) throws in try secondsPerCall(count, operation.run) }
    let theirs = { (count: Int) throws in
      try numpy.seconds(operation.statement, setUp: group.setUp, repetitions: count)
    }
    let turns = try (repetitions(ours, runner), repetitions(theirs, runner))
    var values = (ours: [Double](), numpy: [Double]())
    for _ in 0..<runner.rounds(7) {
      values.ours.append(try ours(turns.0) * 1e9)
      values.numpy.append(try theirs(turns.1) * 1e9)
    }
    let bench = "W10 \(operation.statement) \(group.dtype) n=\(n)"
    for (name, values) in [("NumPy", values.numpy), ("SharedArrays", values.ours)] {
      runner.report(bench: bench, unit: .nanoseconds, n: n, contender: name, values: values)
    }
    let medians = (
      ours: values.ours.sorted()[values.ours.count / 2], numpy: values.numpy.sorted()[values.numpy.count / 2]
    )
    LineWriter.standardError(
      format(Double(n), "%7.0f") + "  " + group.dtype.padded(to: 10)
        + format(medians.ours, "%8.4g").padded(to: 10)
        + format(medians.numpy, "%8.4g").padded(to: 12)
        + format(medians.numpy / medians.ours, "%8.2f").padded(to: 14)
        + operation.statement)
  }

  /// Returns the number of calls in a round.
  ///
  /// A round takes some milliseconds, so that reading the clock does not matter.
  private static func repetitions(_ run: (Int) throws -> Double, _ runner: Runner) throws -> Int {
    _ = try run(1)
    let first = try run(3)
    return max(1, min(100_000, Int((runner.quick ? 0.3e-3 : 3e-3) / first)))
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
