/// Detects a forked child that is deadlocked on a lock that another thread of its parent held at
/// the fork, and that no thread releases in the child.
///
/// One observation is not enough: a signal handler might release the lock a moment later. A process
/// that is found deadlocked twice in a row stays deadlocked.
package struct ForkDeadlockDetector: Sendable {
  private var count = 0

  package init() {}

  /// The state for a process that was given up for another reason.
  package static let certain: ForkDeadlockDetector = {
    var suspicion = ForkDeadlockDetector()
    suspicion.count = 2
    return suspicion
  }()

  package var isCertain: Bool { count >= 2 }

  /// Records the result of one observation of the process.
  package mutating func note(isDeadlocked: Bool) { count = isDeadlocked ? count + 1 : 0 }
}
