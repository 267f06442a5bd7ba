internal import SharedArraysSystem

/// The times at which a pool starts its missing workers. It is used under the pool's lock.
///
/// If the system refuses a start for now (no processes, descriptors or memory), the pool retries
/// with a back-off from ten milliseconds to one second, and soon after the next call. Waiting calls
/// fail only if no worker has been at work for ten seconds.
struct RespawnPolicy {
  /// The number of workers in a row that ended in their initializer, or before it.
  private(set) var earlyEndCount = 0
  /// The time of the next attempt to start the missing workers; nil for at once, and never after a
  /// start that cannot succeed.
  private var next: Deadline?
  private var pause = Duration.zero
  /// The time at which calls that wait for a first worker fail.
  private var patience: Deadline?

  private static let shortestPause = Duration.milliseconds(10)
  private static let longestPause = Duration.seconds(1)
  /// The longest time that calls wait while no worker can be started.
  private static let mostPatience = Duration.seconds(10)

  /// The time until the next attempt; nil if no further attempt is made.
  var remaining: Duration? { next?.isNever == true ? nil : next?.remaining ?? .zero }

  /// Resets the back-off, because a worker has started to work.
  mutating func reset() { self = RespawnPolicy() }

  /// Doubles the pause until the next attempt, within its limits.
  mutating func slowDown() {
    pause = max(Self.shortestPause, min(pause * 2, Self.longestPause))
    next = Deadline(after: pause)
  }

  /// Leaves the next attempt to the caller for the shortest pause.
  mutating func postpone() { next = Deadline(after: Self.shortestPause) }

  /// Moves the next attempt forward, because of a new call. Returns whether an attempt is due soon.
  mutating func expedite() -> Bool {
    guard let next, !next.isNever else { return false }
    self.next = .earlier(next, Deadline(after: Self.shortestPause))
    return true
  }

  /// Makes no further attempts, because they would fail as well.
  mutating func giveUp() { next = Deadline(after: nil) }

  /// Allows one more attempt after ``giveUp()``, because a worker has ended.
  mutating func retryOnce() { if next?.isNever == true { next = nil } }

  /// Counts a worker that ended before it could work. Returns whether too many have, in a row, for
  /// a pool of `wanted` workers.
  mutating func noteEarlyEnd(wanted: Int) -> Bool {
    earlyEndCount += 1
    return earlyEndCount > 8 + 2 * wanted
  }

  /// Returns whether attempts have failed for so long that waiting calls should fail. The first
  /// call starts the clock.
  mutating func hasNoPatience() -> Bool {
    let end = patience ?? Deadline(after: Self.mostPatience)
    patience = end.hasPassed ? nil : end
    return end.hasPassed
  }

  mutating func forgetPatience() { patience = nil }
}
