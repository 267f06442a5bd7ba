import CBaselines
import SharedArrays

/// The sum of the squares of 1 to 10,000,000 in two processes.
enum SumOfSquares {
  static func run(_ runner: Runner) throws {
    let n = 10_000_000
    let pool = try ProcessPool(workers: 2)
    let halves = [1..<n / 2 + 1, n / 2 + 1..<n + 1]
    try runner.measure(
      bench: "W9 sum of squares 1...\(n)", unit: .microseconds, n: n, rounds: runner.rounds(7),
      contenders: [
        Contender("C 2 forks") { try 1e6 * meanSeconds { limit_sum_of_squares(Int64(n)) } },
        Contender("SharedArrays 2 kept workers") {
          try 1e6
            * secondsPerCall {
              let sum = try pool.reduce(SumSquares.self, halves, UInt128(0), chunkSize: 1) { $0 + $1 }
              if sum != 333_333_383_333_335_000_000 { throw BenchmarkError("the sum is \(sum)") }
            }
        },
      ])
    pool.shutdown()
  }
}

/// The sum of the squares of a range.
enum SumSquares: WorkFunction {
  static func call(_ range: Range<Int>) -> UInt128 {
    var sum: UInt128 = 0
    for i in range { sum &+= UInt128(UInt64(i) &* UInt64(i)) }
    return sum
  }
}
