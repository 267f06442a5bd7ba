import CLimits

/// How heat spreads in a plate of 2048 x 2048 points, step by step: each step reads one array of 32 MiB and writes another.
enum W4Heat {
  static let n = 2048
  /// A power of two: products by it are exact, so the bits do not depend on whether a compiler fuses them with sums.
  static let rate = 0.125

  static func run(_ runner: Runner) throws {
    let steps = runner.quick ? 100 : 1000
    let serial = try CPlate("C 1 thread, shared huge pages", steps, limit_heat_serial)
    let threads = try CPlate(
      "C 2 threads, pinned, that spin at a barrier, shared huge pages", steps, limit_heat_threads)
    var limits = [serial, threads]
    if limit_has_openmp() {
      limits.append(
        try CPlate("C OpenMP (libgomp), 2 threads, shared huge pages", steps, limit_heat_openmp))
    }
    let reference = { serial.elements }
    try runner.measure(
      bench: "W4 heat \(n)x\(n)", unit: .microseconds, n: steps, rounds: runner.rounds(3),
      contenders: limits.map { $0.contender(like: reference) }
        + sharedArrayHeat(steps: steps, like: reference))
  }

  /// Throws unless two plates have the same bits.
  static func check(
    _ elements: UnsafeBufferPointer<Double>, like other: UnsafeBufferPointer<Double>
  ) throws(BenchmarkError) {
    for index in elements.indices where elements[index].bitPattern != other[index].bitPattern {
      throw BenchmarkError("point \(index) is \(elements[index]) instead of \(other[index])")
    }
  }

  /// Microseconds of a step.
  static func microseconds(_ seconds: Double, _ steps: Int) -> Double { seconds / Double(steps) * 1e6 }
}

/// Two arrays that C has mapped, and how C steps from one to the other.
private final class CPlate {
  typealias Measured = (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, Int64, Double, Int32) ->
    Double

  private let name: String
  private let steps: Int
  private let measured: Measured
  private let x, y: UnsafeMutablePointer<Double>
  private static let count = Int64(W4Heat.n * W4Heat.n)

  init(_ name: String, _ steps: Int, _ measured: @escaping Measured) throws {
    (self.name, self.steps, self.measured) = (name, steps, measured)
    (x, y) = (try Self.map(), try Self.map())
    for index in 0..<Int(Self.count) {
      x[index] = W4.x(at: index)
      y[index] = x[index]
    }
  }

  deinit {
    limit_block_free(x, Self.count)
    limit_block_free(y, Self.count)
  }

  private static func map() throws -> UnsafeMutablePointer<Double> {
    var block: UnsafeMutablePointer<Double>?
    try succeed(limit_block_create(count, true, &block), "cannot map \(count) doubles in huge pages")
    return block!
  }

  /// The plate after an even number of steps.
  var elements: UnsafeBufferPointer<Double> { UnsafeBufferPointer(start: x, count: Int(Self.count)) }

  func contender(like reference: @escaping () -> UnsafeBufferPointer<Double>) -> Contender {
    Contender(
      name, check: { [self] in try W4Heat.check(elements, like: reference()) },
      run: { [self] in
        let seconds = try meanSeconds { measured(x, y, Int64(W4Heat.n), W4Heat.rate, Int32(steps)) }
        return W4Heat.microseconds(seconds, steps)
      })
  }
}
