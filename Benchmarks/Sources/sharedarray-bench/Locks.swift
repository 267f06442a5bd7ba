import CBaselines

/// A counter that one, two or four processes increment, under a lock or atomically.
enum Locks {
  static func run(_ runner: Runner) throws {
    guard let counter = limit_counter_create() else {
      throw BenchmarkError("cannot allocate shared memory for a counter")
    }
    defer { limit_counter_free(counter) }
    try runAlone(runner, counter)
    for processes in [2, 4] { try runContended(runner, counter, processes) }
  }

  private static func runAlone(_ runner: Runner, _ counter: OpaquePointer) throws {
    let times = runner.quick ? 50_000 : 5_000_000
    let limits = locks.map { name, lock in
      Contender(name) {
        try 1e9 * meanSeconds { limit_counter_alone(counter, lock, Int64(times)) } / Double(times)
      }
    }
    let ours = try counters(limit_counter_place(counter)).map { ours in
      Contender(ours.name) { try 1e9 * secondsPerCall { try ours.add(times) } / Double(times) }
    }
    try runner.measure(
      bench: "W8 uncontended lock+add+unlock", unit: .nanoseconds, n: 1, rounds: runner.rounds(7),
      contenders: limits + ours)
  }

  private static func runContended(_ runner: Runner, _ counter: OpaquePointer, _ processes: Int) throws {
    let times = runner.quick ? 20_000 : 1_000_000
    let limits = locks.map { name, lock in
      Contender(name) {
        try Double(processes * times)
          / meanSeconds { limit_counter_contended(counter, lock, CInt(processes), Int64(times)) }
      }
    }
    let ours = try counters(limit_counter_place(counter)).map { ours in
      Contender(ours.name) {
        let before = try ours.count()
        var group = try WorkerGroup()
        for _ in 0..<processes {
          try group.add {
            try ours.add(times)
            return 0
          }
        }
        let seconds = try group.run().seconds
        let added = try ours.count() - before
        if added != processes * times { throw BenchmarkError("additions were lost: \(added)") }
        return Double(processes * times) / seconds
      }
    }
    try runner.measure(
      bench: "W8 counter increments, \(processes) processes", unit: .operationsPerSecond, n: processes,
      rounds: runner.rounds(7), contenders: limits + ours)
  }

  private static let locks = [
    ("C pthread robust mutex", LIMIT_ROBUST_MUTEX), ("C pthread mutex, process-shared", LIMIT_MUTEX),
    ("C sem_t", LIMIT_SEMAPHORE), ("C atomic fetch_add (no lock)", LIMIT_ATOMIC),
  ]
}
