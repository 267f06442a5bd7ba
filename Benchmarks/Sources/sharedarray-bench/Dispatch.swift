import CBaselines
import Glibc
import SharedArrays

/// The latency of one task of a pool, and the processor time of an idle pool.
enum Dispatch {
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
    try runSleepers(runner, pool)
    pool.shutdown()
    try runIdle(runner)
  }

  /// Measures round trips after a pause that is long enough for the worker and the caller to sleep.
  private static func runSleepers(_ runner: Runner, _ pool: ProcessPool) throws {
    let one = try WorkerTeam(workers: 1) { _ in }
    try runner.measure(
      bench: "W1 round trip, both asleep", unit: .microseconds, n: 1, rounds: runner.rounds(7),
      contenders: [
        afterSleep("C futex pair", runner) { count, idle in
          try meanSeconds { limit_futex_round_trips(Int64(count), Int64(idle)) }
        },
        afterSleep("SharedArrays submit + result", runner) { count, idle in
          try seconds(count, idle) { _ = try pool.submit(CubeOf.self, 3).result() }
        },
        afterSleep("SharedArrays team, one worker and the caller", runner) { count, idle in
          try seconds(count, idle) { try one.run() }
        },
      ])
  }

  /// Returns a contender whose value is the microseconds per call, each call after a pause.
  ///
  /// - Parameter idle: The length of the pause, in microseconds.
  static func afterSleep(
    _ name: String, _ runner: Runner, count: Int = 500, idle: UInt32 = 500,
    _ seconds: @escaping (Int, UInt32) throws -> Double
  ) -> Contender {
    let count = runner.quick ? count / 10 : count
    return Contender(name) { try 1e6 * seconds(count, idle) / Double(count) }
  }

  /// Returns the total seconds of `count` calls of `body`, without the pause of `idle` microseconds
  /// before each call.
  static func seconds(_ count: Int, _ idle: UInt32, _ body: () throws -> Void) rethrows -> Double {
    var seconds = 0.0
    for _ in 0..<count {
      usleep(idle)
      seconds += try secondsPerCall { try body() }
    }
    return seconds
  }

  /// Measures the processor time that all processes of a pool use while it has no work.
  private static func runIdle(_ runner: Runner) throws {
    let pool = try ProcessPool(workers: 2)
    try runner.measure(
      bench: "W1 processor time of an idle pool in a second", unit: .microseconds, n: 2, rounds: 3,
      contenders: [
        Contender("SharedArrays 2 workers") {
          _ = try pool.map(CubeOf.self, 0..<1000)
          usleep(100_000)
          let pids = pool.workerPIDs.map { pid_t($0) }
          let before = try processorSeconds(pids)
          sleep(1)
          return try 1e6 * (processorSeconds(pids) - before)
        }
      ])
    pool.shutdown()
  }

  /// Returns the processor time that this process and `pids` have used, in seconds.
  private static func processorSeconds(_ pids: [pid_t]) throws -> Double {
    try ([0] + pids).reduce(0) { sum, pid in
      var clock = clockid_t()
      let code = clock_getcpuclockid(pid, &clock)
      if code != 0 { throw BenchmarkError("cannot read the processor time of a worker", code) }
      var time = timespec()
      clock_gettime(clock, &time)
      return sum + Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
  }
}

/// The cube of one integer.
enum CubeOf: WorkFunction {
  static func call(_ n: Int) -> Int { n &* n &* n }
}
