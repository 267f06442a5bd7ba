internal import SharedArraysSystem

/// The failures of a run, as far as the caller has seen them.
struct TeamFailures {
  struct Failure {
    var code: TeamError.Code
    var worker: Int
    var pid: Int?
    var termination: ProcessTermination?
    var message: String?
  }

  var all: [Failure] = []
  /// Whether a member is missing.
  var needsMembers = false
  /// The members that were killed, and the reasons.
  var condemned: [Int: TeamError.Code] = [:]
  /// The members that ended while idle and were replaced in this run.
  var replaced: [Int] = []
  /// The detectors of members that wait for a lock that no thread can release: the number of
  /// consecutive positive checks.
  var suspicions: [Int: ForkDeadlockDetector] = [:]
  /// Whether, at the last check, members had ended without a report from their template.
  var hasUntold = false
  var deadlinePasses = 0

  /// Resets everything but the state that the next run needs: whether members are missing.
  mutating func forgetRun() {
    if all.isEmpty, condemned.isEmpty, replaced.isEmpty, suspicions.isEmpty, deadlinePasses == 0, !hasUntold {
      return
    }
    self = TeamFailures(needsMembers: needsMembers)
  }
}
