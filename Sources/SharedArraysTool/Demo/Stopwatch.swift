/// A clock that measures successive phases.
struct Stopwatch {
  private var start = ContinuousClock.now

  /// Returns the time since the last lap, or since the creation of the stopwatch.
  mutating func lap() -> Duration {
    let now = ContinuousClock.now
    defer { start = now }
    return now - start
  }
}
