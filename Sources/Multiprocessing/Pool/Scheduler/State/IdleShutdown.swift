internal import SharedArraysSystem

/// The times at which a pool with an idle timeout checks whether it is idle. It is used under the
/// pool's lock.
struct IdleShutdown {
  /// Whether workers have left, or are leaving, because the pool was idle. The next job brings them
  /// back.
  private(set) var isResting = false
  private var nextLook: Deadline?
  private var startedBefore = 0

  /// Returns whether the pool has been idle since the last check, which was `timeout` ago. The
  /// workers should leave then.
  mutating func begins(after timeout: Duration, isIdle: Bool, startedCount: Int) -> Bool {
    let isDue = nextLook?.hasPassed ?? false
    if isDue || nextLook == nil { nextLook = Deadline(after: timeout) }
    guard isDue else { return false }
    guard isIdle, startedCount == startedBefore else {
      startedBefore = startedCount
      return false
    }
    isResting = true
    return true
  }

  /// Ends the rest. Returns whether the workers were leaving.
  mutating func end() -> Bool {
    guard isResting else { return false }
    (isResting, nextLook) = (false, nil)
    return true
  }
}
