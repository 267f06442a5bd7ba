import CBaselines

/// One pass over arrays in shared memory: much larger than the caches (1e8 elements), and about as
/// large as the caches (1e6).
enum Bandwidth {
  static let scale = 1e-9

  static func run(_ runner: Runner) throws {
    for n in runner.quick ? [10_000_000, 1_000_000] : [100_000_000, 1_000_000] {
      let blocks = try Blocks(n)
      try runner.measure(
        bench: "W4 daxpy n=\(label(n))", unit: .gigabytesPerSecond, n: n, rounds: runner.rounds(7),
        contenders: blocks.daxpyContenders() + sharedArrayDaxpy(n))
      try runner.measure(
        bench: "W4 sum n=\(label(n))", unit: .gigabytesPerSecond, n: n, rounds: runner.rounds(7),
        contenders: blocks.sumContenders() + sharedArraySum(n))
    }
  }

  /// Returns the number of operations in a round.
  static func repetitions(_ n: Int) -> Int { max(1, 20_000_000 / n) }

  /// Returns the bandwidth of `n` elements of `bytes` bytes each.
  ///
  /// An element of daxpy counts 24 bytes, one of the sum 8: the operands of the formula, without
  /// additional traffic of the caches.
  static func gigabytesPerSecond(_ n: Int, bytes: Int, seconds: Double) -> Double {
    Double(n * bytes) / seconds * 1e-9
  }

  /// Returns the element at `index` of every contender's x. Every y is initially 1.
  static func x(at index: Int) -> Double { 1 + 1e-3 * Double(index % 2001) }

  /// Throws unless `y` is the result of `calls` times y = a x + y on ones.
  static func checkDaxpy(_ n: Int, calls: Int, y: (Int) -> Double) throws {
    for index in [0, n / 2 - 1, n / 2, n - 1] {
      let expected = 1 + Double(calls) * scale * x(at: index)
      try expect(y(index), expected, tolerance: 1e-12 * Double(calls), "y[\(index)] after \(calls) calls")
    }
  }

  /// Throws unless `total` is the sum of x.
  static func checkSum(_ n: Int, _ total: Double) throws {
    let (cycles, rest) = n.quotientAndRemainder(dividingBy: 2001)
    let thousandths = cycles * 2001 * 1000 + rest * (rest - 1) / 2
    let expected = Double(n) + 1e-3 * Double(thousandths)
    try expect(total, expected, tolerance: 1e-10 * expected, "the sum of x")
  }

  /// Returns `n` in the form "1e8" for 100,000,000.
  private static func label(_ n: Int) -> String {
    var (digits, zeros) = (n, 0)
    while digits % 10 == 0 { (digits, zeros) = (digits / 10, zeros + 1) }
    return "\(digits)e\(zeros)"
  }
}

/// The arrays of the C baselines: x and y in huge pages, and x and y in 4 KiB pages.
private struct Blocks {
  let huge, small: BlockPair

  init(_ n: Int) throws {
    huge = try BlockPair(n, huge: true)
    small = try BlockPair(n, huge: false)
  }

  func daxpyContenders() -> [Contender] {
    [
      huge.daxpy("C 1 thread, shared huge pages", limit_daxpy_serial),
      huge.daxpy("C caller + 1 kept thread, pinned (spin 50us), shared huge pages", limit_daxpy_threads),
      small.daxpy("C fork per call x2, shared 4K pages", limit_daxpy_forked),
      huge.daxpy("C fork per call x2, shared huge pages (MADV_COLLAPSE)", limit_daxpy_forked),
    ]
  }

  func sumContenders() -> [Contender] {
    [
      huge.sum("C 1 thread, shared huge pages", limit_sum_serial),
      huge.sum("C caller + 1 kept thread, pinned (spin 50us), shared huge pages", limit_sum_threads),
      small.sum("C fork per call x2, shared 4K pages", limit_sum_forked),
      huge.sum("C fork per call x2, shared huge pages (MADV_COLLAPSE)", limit_sum_forked),
    ]
  }
}

/// Arrays x and y that C has mapped.
private final class BlockPair {
  typealias Daxpy = (UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int64) -> Double
  typealias Sum = (UnsafePointer<Double>, Int64, UnsafeMutablePointer<Double>) -> Double

  let n: Int
  let x, y: UnsafeMutablePointer<Double>
  private var daxpyCalls = 0

  init(_ n: Int, huge: Bool) throws {
    self.n = n
    x = try Self.map(n, huge: huge)
    y = try Self.map(n, huge: huge)
    limit_block_fill(x, y, Int64(n))
  }

  deinit {
    limit_block_free(x, Int64(n))
    limit_block_free(y, Int64(n))
  }

  private static func map(_ n: Int, huge: Bool) throws -> UnsafeMutablePointer<Double> {
    var block: UnsafeMutablePointer<Double>?
    try succeed(
      limit_block_create(Int64(n), huge, &block), "cannot map \(n) doubles\(huge ? " in huge pages" : "")")
    return block!
  }

  func daxpy(_ name: String, _ measured: @escaping Daxpy) -> Contender {
    let repetitions = Bandwidth.repetitions(n)
    return Contender(
      name, check: { [self] in try Bandwidth.checkDaxpy(n, calls: daxpyCalls) { self.y[$0] } },
      run: { [self] in
        // An unmeasured call replaces other contenders' data in the caches and wakes the helper
        // thread.
        _ = try meanSeconds { measured(x, y, Int64(n)) }
        let seconds = try meanSeconds(repetitions) { measured(x, y, Int64(n)) }
        daxpyCalls += repetitions + 1
        return Bandwidth.gigabytesPerSecond(n, bytes: 24, seconds: seconds)
      })
  }

  func sum(_ name: String, _ measured: @escaping Sum) -> Contender {
    var total = 0.0
    return Contender(
      name, check: { [self] in try Bandwidth.checkSum(n, total) },
      run: { [self] in
        let seconds = try meanSeconds(Bandwidth.repetitions(n)) { measured(x, Int64(n), &total) }
        return Bandwidth.gigabytesPerSecond(n, bytes: 8, seconds: seconds)
      })
  }
}
