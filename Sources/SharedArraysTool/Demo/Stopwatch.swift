/// A clock that measures one phase after the other.
struct Stopwatch {
  private var start = ContinuousClock.now

  /// Returns the time since the last lap, or since the watch was made.
  mutating func lap() -> Duration {
    let now = ContinuousClock.now
    defer { start = now }
    return now - start
  }
}
