internal import SharedArraysSystem

/// What went wrong in a run, as far as the caller has seen it.
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
  /// Who was killed, and why.
  var condemned: [Int: TeamError.Code] = [:]
  /// Those that ended idle and were replaced in this run.
  var replaced: [Int] = []
  /// How often in a row members were found waiting for a lock that nobody can give back.
  var suspicions: [Int: StandstillSuspicion] = [:]
  /// Whether members had ended, but their template had not said so, when this was looked at last.
  var hasUntold = false
  var deadlinePasses = 0

  /// What is left for the next run: whether members are missing.
  mutating func forgetRun() {
    if all.isEmpty, condemned.isEmpty, replaced.isEmpty, suspicions.isEmpty, deadlinePasses == 0, !hasUntold {
      return
    }
    self = TeamFailures(needsMembers: needsMembers)
  }
}
