import CLimits
import SharedArrays

/// Empty runs of a team (W1): what remains when there is nothing to do.
enum W1Teams {
  static func run(_ runner: Runner) throws {
    let repetitions = runner.quick ? 2_000 : 100_000
    let withCaller = try WorkerTeam(workers: 2, callerTakesPart: true) { _ in }
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

  private static func team(_ name: String, _ team: WorkerTeam<Empty>, _ repetitions: Int) -> Contender {
    Contender(name) { try 1e9 * secondsPerCall(repetitions) { try team.run() } }
  }
}
