internal import SharedArraysSystem

/// The times at which the manager thread of a pool looks for work that stopped workers hold up. It
/// is used under the pool's lock.
struct StallRecovery {
  static let interval = Duration.milliseconds(200)

  /// Whether the manager thread looks for held-up work at intervals. ``begin()`` starts it.
  var isWatching = false
  private var nextLook: Deadline?

  /// Starts to look at intervals. Returns false if it did so before.
  mutating func begin() -> Bool {
    if isWatching { return false }
    (isWatching, nextLook) = (true, nil)
    return true
  }

  /// Returns whether a look is due, at most once in each interval.
  mutating func isLookDue() -> Bool {
    let isDue = nextLook?.hasPassed ?? false
    if isDue || nextLook == nil { nextLook = Deadline(after: Self.interval) }
    return isDue
  }
}
