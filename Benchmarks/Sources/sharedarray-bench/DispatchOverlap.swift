import CBaselines
import SharedArrays

/// The same work in the caller and in a worker that slept before.
///
/// The time shows whether both processes compute at the same time.
enum DispatchOverlap {
  static func run(_ runner: Runner) throws {
    let steps = 300_000
    let pool = try ProcessPool(workers: 1)
    defer { pool.shutdown() }
    let team = try WorkerTeam(workers: 2, includesCaller: true) { (_, steps: Int) in
      keep(limit_work(Int64(steps)))
    }
    var contenders = [
      afterRest("C futex pair", runner) { count, idle in
        try meanSeconds { limit_work_beside(Int64(count), Int64(idle), Int64(steps)) }
      },
      afterRest("SharedArrays submit, work, result", runner) { count, idle in
        try Dispatch.seconds(count, idle) {
          let future = try pool.submit(Work.self, steps)
          keep(limit_work(Int64(steps)))
          keep(try future.result())
        }
      },
      afterRest("SharedArrays team, the caller is one of two workers", runner) { count, idle in
        try Dispatch.seconds(count, idle) { try team.run(steps) }
      },
    ]
    if limit_has_openmp() {
      contenders.append(
        afterRest("C OpenMP (libgomp), 2 threads", runner) { count, idle in
          try meanSeconds { limit_work_openmp(Int64(count), Int64(idle), Int64(steps)) }
        })
    }
    try runner.measure(
      bench: "W1 work of 0.45 ms here and in another process, after a rest", unit: .microseconds, n: 2,
      rounds: runner.rounds(7), contenders: contenders)
  }

  private static func afterRest(
    _ name: String, _ runner: Runner, _ seconds: @escaping (Int, UInt32) throws -> Double
  ) -> Contender {
    Dispatch.afterSleep(name, runner, count: 100, idle: 3000, seconds)
  }

  /// Uses a result, so that the compiler cannot remove its computation.
  @inline(never)
  private static func keep(_: Double) {}

  enum Work: WorkFunction {
    static func call(_ steps: Int) -> Double { limit_work(Int64(steps)) }
  }
}
