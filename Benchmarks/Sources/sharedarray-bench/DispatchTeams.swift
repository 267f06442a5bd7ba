import CBaselines
import SharedArrays

/// The overhead of a team: runs without work, barriers and reductions.
enum DispatchTeams {
  static func run(_ runner: Runner) throws {
    try runBarriers(runner)
    let repetitions = runner.quick ? 2_000 : 100_000
    let withCaller = try WorkerTeam(workers: 2, includesCaller: true) { _ in }
    let one = try WorkerTeam(workers: 1) { _ in }
    try runner.measure(
      bench: "W1 empty run of a team, two processes", unit: .nanoseconds, n: 1, rounds: runner.rounds(7),
      contenders: [
        Contender("C, both spin") { try 1e9 * meanSeconds { limit_task_round_trip(0, Int32(repetitions)) } },
        Contender("C, futex sleep") {
          try 1e9 * meanSeconds { limit_task_round_trip(1, Int32(repetitions)) }
        },
        team("SharedArrays team, the caller is one of two workers", withCaller, repetitions),
        team("SharedArrays team, one worker and the caller", one, repetitions),
        try operation(
          "SharedArrays parallelForEach on a team, the caller is one of two", withCaller, repetitions),
        try operation("SharedArrays parallelForEach on a team, one worker and the caller", one, repetitions),
      ])
    let two = try WorkerTeam(workers: 2) { _ in }
    try runner.measure(
      bench: "W1 empty run of a team, two workers and the caller", unit: .nanoseconds, n: 1,
      rounds: runner.rounds(7),
      contenders: [
        Contender("C, futex sleep") { try 1e9 * meanSeconds { limit_map_cubes(1, 1, Int32(repetitions)) } },
        team("SharedArrays team", two, repetitions),
      ])
  }

  /// Measures barriers and reductions of two workers.
  static func runBarriers(_ runner: Runner) throws {
    let count = runner.quick ? 2_000 : 100_000
    func contender(_ name: String, includesCaller: Bool, _ meet: @escaping (TeamContext) throws -> Void)
      throws
      -> Contender
    {
      let team = try WorkerTeam(workers: 2, includesCaller: includesCaller) { worker in
        for _ in 0..<count { try meet(worker) }
      }
      return Contender(name) { try 1e9 / Double(count) * secondsPerCall { try team.run() } }
    }
    try runner.measure(
      bench: "W1 meeting of two workers of a team", unit: .nanoseconds, n: 1, rounds: runner.rounds(7),
      contenders: [
        Contender("C, to and fro, both spin") {
          try 1e9 * meanSeconds { limit_task_round_trip(0, Int32(count)) }
        },
        contender("SharedArrays barrier()", includesCaller: false) { try $0.barrier() },
        contender("SharedArrays barrier(), the caller is one", includesCaller: true) { try $0.barrier() },
        contender("SharedArrays reduce(1.0, +)", includesCaller: false) { _ = try $0.reduce(1.0, +) },
        contender("SharedArrays reduce(1.0, +), the caller is one", includesCaller: true) {
          _ = try $0.reduce(1.0, +)
        },
      ])
  }

  private static func operation(
    _ name: String, _ team: WorkerTeam<NoValue>, _ repetitions: Int
  ) throws -> Contender {
    let array = try SharedArray<Double>(shape: [2])
    return Contender(name) {
      try 1e9
        * secondsPerCall(repetitions) {
          try parallelForEach(LeaveSlab.self, over: array, argument: 1, on: team)
        }
    }
  }

  private static func team(_ name: String, _ team: WorkerTeam<NoValue>, _ repetitions: Int) -> Contender {
    Contender(name) { try 1e9 * secondsPerCall(repetitions) { try team.run() } }
  }
}

/// A slab function without work.
enum LeaveSlab: SlabFunction {
  static func call(_ slab: SharedArray<Double>, _: Double) {}
}
