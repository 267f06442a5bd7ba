import CBaselines
import SharedArrays

/// Maps over a pool of two kept workers: cubes of integers, and `Codable` values.
enum PoolMap {
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

/// A `Codable` input of a map.
struct Record: Codable, Transferable {
  var name: String
  var value: Int
}

enum NextRecord: WorkFunction {
  static func call(_ record: Record) -> Record { Record(name: record.name, value: record.value + 1) }
}
