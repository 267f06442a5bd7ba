import SharedArrays

/// The sum of the squares of a range. For ten million numbers it needs more than 64 bits.
enum SumOfSquares: WorkFunction {
  static func call(_ range: Range<Int>) -> UInt128 {
    range.reduce(0) { $0 + UInt128($1) * UInt128($1) }
  }
}

/// The square of one number, for a pool with one task per number.
enum SquareOf: WorkFunction {
  static func call(_ n: Int) -> Int { n * n }
}

@main
enum ParallelSum {
  static let count = 10_000_000

  static func main() throws {
    time("one process") { SumOfSquares.call(1..<count + 1) }
    let pool = try ProcessPool(workers: 4)
    let parts = stride(from: 1, to: count + 1, by: 100_000).map { $0..<$0 + 100_000 }
    try time("4 workers, a range of 100,000 each time") {
      try pool.reduce(SumOfSquares.self, parts, UInt128(0), chunkSize: 1) { $0 + $1 }
    }
    try time("4 workers, number by number, automatic chunks") {
      try pool.reduce(SquareOf.self, 1..<count + 1, UInt128(0)) { $0 + UInt128($1) }
    }
    try time("4 workers, number by number, chunks of 10,000") {
      try pool.reduce(SquareOf.self, 1..<count + 1, UInt128(0), chunkSize: 10_000) { $0 + UInt128($1) }
    }
    pool.shutdown()
  }

  static func time(_ title: String, _ body: () throws -> UInt128) rethrows {
    var sum: UInt128 = 0
    let duration = try ContinuousClock().measure { sum = try body() }
    print("\(title): \(sum) in \(duration)")
  }
}
