import CBaselines

/// Messages between processes through shared queues, beside rings in C.
///
/// The death of a process blocks the users of a C ring forever. A shared queue stays usable.
enum Queues {
  static func run(_ runner: Runner) throws {
    try runSmall(runner)
    try runLarge(runner)
    try runMany(runner)
    try runRoundTrip(runner)
    try runSleepers(runner)
  }

  private static func runSmall(_ runner: Runner) throws {
    let count = runner.quick ? 100_000 : 4_000_000
    try runner.measure(
      bench: "W6 1P1C 8 B", unit: .messagesPerSecond, n: 8, rounds: runner.rounds(7),
      contenders: rings(byteCount: 8, count: count)
        + streams(of: Int.self, count: count, message: { $0 }, number: { $0 }))
    try runner.measure(
      bench: "W6 1P1C 64 B", unit: .messagesPerSecond, n: 64, rounds: runner.rounds(7),
      contenders: rings(byteCount: 64, count: count)
        + streams(of: Line.self, count: count, message: Line.init, number: \.number))
  }

  private static func runLarge(_ runner: Runner) throws {
    let (byteCount, count) = (1 << 20, runner.quick ? 50 : 2_000)
    try runner.measure(
      bench: "W6 1P1C 1 MiB", unit: .messagesPerSecond, n: byteCount, rounds: runner.rounds(7),
      contenders: rings(byteCount: byteCount, count: count) + byteStreams(byteCount: byteCount, count: count))
    try runner.measure(
      bench: "W6 1P1C 1 MiB, filled and read", unit: .messagesPerSecond, n: byteCount,
      rounds: runner.rounds(7),
      contenders: filledStreams(byteCount: byteCount, count: count))
  }

  private static func runMany(_ runner: Runner) throws {
    let (pairs, count) = (4, runner.quick ? 20_000 : 500_000)
    let limit = Contender("C MPMC ticket ring, spin then sched_yield") {
      try Double(pairs * count) / meanSeconds { limit_ticket_stream(CInt(pairs), Int64(count)) }
    }
    try runner.measure(
      bench: "W6 4P4C 64 B", unit: .messagesPerSecond, n: 64, rounds: runner.rounds(7),
      contenders: [limit] + crowds(pairs: pairs, count: count))
  }

  private static func runRoundTrip(_ runner: Runner) throws {
    let count = runner.quick ? 10_000 : 300_000
    let limits = ringNames.map { name, sleeps in
      Contender(name) {
        try 1e6 * meanSeconds { limit_ring_round_trips(Int64(count), sleeps) } / Double(count)
      }
    }
    try runner.measure(
      bench: "W6 round trip 64 B", unit: .microseconds, n: 64, rounds: runner.rounds(7),
      contenders: limits + roundTrips(count: count))
  }

  /// Measures only the latency of messages.
  ///
  /// Each sender pauses before it sends, long enough for the receiver to sleep.
  private static func runSleepers(_ runner: Runner) throws {
    let (count, idle) = (runner.quick ? 50 : 500, 500)
    let limit = Contender("C futex pair") {
      try 1e6 * meanSeconds { limit_futex_round_trips(Int64(count), Int64(idle)) } / Double(count)
    }
    try runner.measure(
      bench: "W6 round trip 64 B, both asleep", unit: .microseconds, n: 64, rounds: runner.rounds(7),
      contenders: [limit] + sleepers(count: count, idleMicroseconds: UInt32(idle)))
  }

  private static let ringNames = [
    ("C SPSC shared ring, spin (physical limit)", false), ("C SPSC shared ring, spin then futex", true),
  ]

  private static func rings(byteCount: Int, count: Int) -> [Contender] {
    ringNames.map { name, sleeps in
      Contender(name) {
        try Double(count) / meanSeconds { limit_ring_stream(Int64(byteCount), Int64(count), sleeps) }
      }
    }
  }
}
