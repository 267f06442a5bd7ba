/// Whether a forked process has come to a standstill: it waits for a lock that another thread of its parent held at the fork, and
/// that nobody gives back in the child.
///
/// One look cannot tell: a signal handler may give the lock back a moment later. A process that is found so twice in a row stays so.
package struct StandstillSuspicion: Sendable {
  private var count = 0

  package init() {}

  /// Of a process that was given up for another reason.
  package static let certain: StandstillSuspicion = {
    var suspicion = StandstillSuspicion()
    suspicion.count = 2
    return suspicion
  }()

  package var isCertain: Bool { count >= 2 }

  /// Takes down what a look at the process has found.
  package mutating func note(isDeadlocked: Bool) { count = isDeadlocked ? count + 1 : 0 }
}
