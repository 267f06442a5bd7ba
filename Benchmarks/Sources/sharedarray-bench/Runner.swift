enum Unit: String {
  case gigabytesPerSecond = "GB/s"
  case gigaflops = "GFLOP/s"
  case microseconds = "us"
  case nanoseconds = "ns"
  case messagesPerSecond = "msg/s"
  case operationsPerSecond = "ops/s"

  var lessIsBetter: Bool { self == .microseconds || self == .nanoseconds }
}

/// One way to do the work of a benchmark.
///
/// Names of the limits begin with "C ", ours with "SharedArrays".
struct Contender {
  let name: String
  /// Does the work once and returns what was measured, in the benchmark's unit.
  let run: () throws -> Double
  /// Looks at the results after the last round; throws where they are wrong.
  let check: () throws -> Void

  init(_ name: String, check: @escaping () throws -> Void = {}, run: @escaping () throws -> Double) {
    self.name = name
    self.run = run
    self.check = check
  }

  var isOurs: Bool { name.hasPrefix("SharedArrays") }
}

/// Lets the contenders take turns and reports what they reached.
struct Runner {
  /// Few rounds over small sizes, to see that everything runs.
  let quick: Bool
  /// Where the JSON lines go.
  let outputs: [LineWriter]

  func rounds(_ full: Int) -> Int { quick ? 3 : full }

  /// Measures every contender once in each round, so that a disturbance of the machine hits all of them.
  func measure(bench: String, unit: Unit, n: Int, rounds: Int, contenders: [Contender]) throws {
    var values = Array(repeating: [Double](), count: contenders.count)
    for round in 0...rounds {
      for (index, contender) in contenders.enumerated() {
        let value = try contender.named(contender.run)
        if round > 0 { values[index].append(value) }  // the first round only warms up
      }
    }
    for contender in contenders { try contender.named(contender.check) }
    let results = zip(contenders, values).map { Result(contender: $0, values: $1) }
    for result in results {
      let line = result.json(bench: bench, unit: unit, n: n)
      for output in outputs { output(line) }
    }
    LineWriter.standardError(
      table(of: results, title: "\(bench) (\(unit.rawValue), \(rounds) rounds)", unit: unit))
  }

  /// Writes the JSON line of one contender that was measured elsewhere.
  func report(bench: String, unit: Unit, n: Int, contender: String, values: [Double]) {
    let line = Result(contender: Contender(contender) { 0 }, values: values).json(
      bench: bench, unit: unit, n: n)
    for output in outputs { output(line) }
  }

  private func table(of results: [Result], title: String, unit: Unit) -> String {
    let medians = results.filter { !$0.contender.isOurs }.map(\.median)
    let best = unit.lessIsBetter ? medians.min() : medians.max()
    let rows = results.map { result in
      let speed = best.map { unit.lessIsBetter ? $0 / result.median : result.median / $0 }
      return result.row(speed: speed)
    }
    return (["", title, Result.heading] + rows).joined(separator: "\n")
  }
}

extension Contender {
  /// Runs `body`, and says whose error it was if it throws.
  fileprivate func named<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw BenchmarkError("\(name): \(error)") }
  }
}

/// What one contender reached in all rounds.
private struct Result {
  static let heading = "      median         min         max   of best peer  contender"

  let contender: Contender
  let median, minimum, maximum: Double
  let runs: Int

  init(contender: Contender, values: [Double]) {
    let sorted = values.sorted()
    self.contender = contender
    runs = sorted.count
    minimum = sorted[0]
    maximum = sorted[runs - 1]
    median = (sorted[runs / 2] + sorted[(runs - 1) / 2]) / 2
  }

  func json(bench: String, unit: Unit, n: Int) -> String {
    let numbers = [median, minimum, maximum].map { format($0, "%.6g") }
    return """
      {"bench": "\(bench)", "peer": "\(contender.name)", "value": \(numbers[0]), "unit": "\(unit.rawValue)", \
      "n": \(n), "runs": \(runs), "min": \(numbers[1]), "max": \(numbers[2])}
      """
  }

  /// A line of the table. `speed` is 1 for the best of the contenders that are not ours, more for what is
  /// faster.
  func row(speed: Double?) -> String {
    let numbers = [median, minimum, maximum].map { format($0, "%12.5g") }.joined()
    return numbers + (speed.map { format($0, "%15.3f") } ?? String(repeating: " ", count: 15)) + "  "
      + contender.name
  }
}
