/// The unit of a measured value.
enum Unit: String {
  case gigabytesPerSecond = "GB/s"
  case gigaflops = "GFLOP/s"
  case microseconds = "us"
  case nanoseconds = "ns"
  case messagesPerSecond = "msg/s"
  case operationsPerSecond = "ops/s"

  var lessIsBetter: Bool { self == .microseconds || self == .nanoseconds }
}

/// One implementation of a benchmark's work.
///
/// The names of the baselines in C begin with "C ", those of this library with "SharedArrays".
struct Contender {
  let name: String
  /// Does the work once and returns the measured value, in the benchmark's unit.
  let run: () throws -> Double
  /// Verifies the results after the last round. Throws if they are wrong.
  let check: () throws -> Void

  init(_ name: String, check: @escaping () throws -> Void = {}, run: @escaping () throws -> Double) {
    self.name = name
    self.run = run
    self.check = check
  }

  var isOurs: Bool { name.hasPrefix("SharedArrays") }
}

/// Measures contenders in turns and reports their results.
struct Runner {
  /// Whether to run few rounds over small sizes, which only shows that everything runs.
  let quick: Bool
  /// The destinations of the JSON lines.
  let outputs: [LineWriter]

  func rounds(_ full: Int) -> Int { quick ? 3 : full }

  /// Measures every contender once a round, so that a disturbance of the machine affects all of
  /// them.
  func measure(bench: String, unit: Unit, n: Int, rounds: Int, contenders: [Contender]) throws {
    var values = Array(repeating: [Double](), count: contenders.count)
    for round in 0...rounds {
      for (index, contender) in contenders.enumerated() {
        let value = try contender.named(contender.run)
        if round > 0 { values[index].append(value) }  // the first round is a warm-up
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

  /// Writes the JSON line of a contender that the caller has measured.
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
  /// Runs `body`, and adds the contender's name to an error that it throws.
  fileprivate func named<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw BenchmarkError("\(name): \(error)") }
  }
}

/// The values of one contender in all rounds.
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

  /// Returns a row of the table.
  ///
  /// - Parameter speed: The speed relative to the best contender that is not this library. A larger
  ///   number is faster.
  func row(speed: Double?) -> String {
    let numbers = [median, minimum, maximum].map { format($0, "%12.5g") }.joined()
    return numbers + (speed.map { format($0, "%15.3f") } ?? String(repeating: " ", count: 15)) + "  "
      + contender.name
  }
}
