import CLimits
import SharedArrays

/// Work for kept processes: one task to and fro (W1), a map of cubes (W2), a sum of squares (W9).
enum W1 {
  static func run(_ runner: Runner) throws {
    let repetitions = runner.quick ? 2_000 : 100_000
    let pool = try ProcessPool(workers: 1)
    try runner.measure(
      bench: "W1 round trip of one task", unit: .nanoseconds, n: 1, rounds: runner.rounds(7),
      contenders: [
        Contender("C, both spin") { try 1e9 * meanSeconds { limit_task_round_trip(0, Int32(repetitions)) } },
        Contender("C, futex sleep") {
          try 1e9 * meanSeconds { limit_task_round_trip(1, Int32(repetitions)) }
        },
        Contender("SharedArrays submit + result") {
          try 1e9 * secondsPerCall(repetitions) { _ = try pool.submit(CubeOf.self, 3).result() }
        },
      ])
    pool.shutdown()
  }
}

enum W2 {
  static func run(_ runner: Runner) throws {
    let pool = try ProcessPool(workers: 2)
    for (count, chunk, repetitions) in [(1_000_000, 10_000, 50), (20_000, 1, 50)] {
      try runner.measure(
        bench: "W2 map of \(count) cubes, chunk \(chunk), per cube", unit: .nanoseconds, n: count,
        rounds: runner.rounds(7),
        contenders: [
          Contender("C 2 kept workers") {
            try 1e9 / Double(count)
              * meanSeconds { limit_map_cubes(Int64(count), Int64(chunk), Int32(repetitions)) }
          },
          Contender("SharedArrays map(into:)") {
            let cubes = try SharedArray<Int>(shape: [count])
            try pool.map(CubeOf.self, 0..<count, into: cubes, chunkSize: chunk)
            return try 1e9 / Double(count)
              * secondsPerCall(repetitions) {
                try pool.map(CubeOf.self, 0..<count, into: cubes, chunkSize: chunk)
              }
          },
          Contender("SharedArrays map to [Int]") {
            try 1e9 / Double(count)
              * secondsPerCall(repetitions) { _ = try pool.map(CubeOf.self, 0..<count, chunkSize: chunk) }
          },
        ])
    }
    let records = (0..<100_000).map { Record(name: "n\($0 % 10)", value: $0) }
    try runner.measure(
      bench: "W2 map of Codable values, chunk 1000, per value", unit: .nanoseconds, n: records.count,
      rounds: runner.rounds(7),
      contenders: [
        Contender("SharedArrays map") {
          try 1e9 / Double(records.count)
            * secondsPerCall { _ = try pool.map(NextRecord.self, records, chunkSize: 1000) }
        }
      ])
    pool.shutdown()
  }
}

enum W9 {
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
              let sum = try pool.reduce(SumOfSquares.self, halves, UInt128(0), chunkSize: 1) { $0 + $1 }
              if sum != 333_333_383_333_335_000_000 { throw BenchmarkError("the sum is \(sum)") }
            }
        },
      ])
    pool.shutdown()
  }
}

enum CubeOf: WorkFunction {
  static func call(_ n: Int) -> Int { n &* n &* n }
}

struct Record: Codable, Transferable {
  var name: String
  var value: Int
}

enum NextRecord: WorkFunction {
  static func call(_ record: Record) -> Record { Record(name: record.name, value: record.value + 1) }
}

enum SumOfSquares: WorkFunction {
  static func call(_ range: Range<Int>) -> UInt128 {
    var sum: UInt128 = 0
    for i in range { sum &+= UInt128(UInt64(i) &* UInt64(i)) }
    return sum
  }
}
