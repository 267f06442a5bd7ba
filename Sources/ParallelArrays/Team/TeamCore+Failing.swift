internal import Multiprocessing
internal import Synchronization
internal import SystemLayer

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
  var suspicions: [Int: Int] = [:]
  var deadlinePasses = 0
}

extension TeamCore {
  // MARK: Ends of members

  /// Takes note of the end of a member, if it has ended.
  func lookAtEnd(of worker: Int) {
    guard let member = members[worker] else { return }
    guard let termination = member.termination else {
      // Its template has ended: from now on the kernel tells.
      pollables[worker + 1] = member.pollable
      return
    }
    members[worker] = nil
    pollables[worker + 1] = -1
    failures.needsMembers = true
    // It can write no more, so its record is the caller's.
    if unsafe board.finished(worker).pointee.load(ordering: .acquiring) == run { return }
    let hasBegun = unsafe board.begun(worker).pointee.load(ordering: .acquiring) == run
    if !hasBegun, failures.all.isEmpty, failures.condemned.isEmpty, !failures.replaced.contains(worker) {
      return replaceIdle(worker)
    }
    note(
      TeamFailures.Failure(
        code: failures.condemned[worker] ?? .died, worker: worker, pid: member.pid, termination: termination))
  }

  /// A member that ended between runs has touched nothing: another one does its share in this run.
  private func replaceIdle(_ worker: Int) {
    failures.replaced.append(worker)
    do throws(ProcessError) {
      try startMember(worker, after: run &- 1)
      failures.needsMembers = members.contains { $0 == nil }
    } catch {
      note(TeamFailures.Failure(code: .cannotStart, worker: worker, message: error.description))
    }
  }

  /// Finishes the run in the stead of a member that has ended, and lets the others out of the barrier.
  private func note(_ failure: TeamFailures.Failure) {
    failures.all.append(failure)
    unsafe board.outcome(failure.worker).pointee.store(TeamOutcome.died.rawValue, ordering: .relaxed)
    unsafe board.finished(failure.worker).pointee.store(run, ordering: .sequentiallyConsistent)
    board.breakBarrier(bell)
  }

  // MARK: Ending members

  /// The time of the run is up: those that work are killed, and those at the barrier may leave it by themselves, for a second.
  func endOverdue() {
    failures.deadlinePasses += 1
    for worker in 0..<memberCount where !hasFinished(worker) {
      let waits = unsafe board.isAtBarrier(worker).pointee.load(ordering: .relaxed) != 0
      if failures.deadlinePasses > 1 || !waits { end(worker, .timedOut) }
    }
    board.breakBarrier(bell)
    deadline = Deadline(after: .seconds(1))
  }

  private func end(_ worker: Int, _ code: TeamError.Code) {
    guard let member = members[worker], failures.condemned[worker] == nil else { return }
    failures.condemned[worker] = code
    member.kill()
  }

  private func hasFinished(_ worker: Int) -> Bool {
    unsafe board.finished(worker).pointee.load(ordering: .acquiring) == run
  }

  /// Looks whether the run can still end, from time to time while it goes on.
  func lookForStandstill() {
    for worker in 0..<memberCount where !hasFinished(worker) {
      // Twice: a signal handler may give a lock back in between.
      let suspicion = members[worker]?.isDeadlocked == true ? failures.suspicions[worker, default: 0] + 1 : 0
      failures.suspicions[worker] = suspicion
      if suspicion >= 2 { end(worker, .forkStalled) }
    }
    // Who has finished comes to no barrier any more. That of those that wait now would never let them go.
    let unfinished = (0..<board.count).count { !hasFinished($0) }
    let arrived = unsafe Int(board.arrived.pointee.load(ordering: .sequentiallyConsistent))
    guard unfinished > 0, unfinished < board.count, arrived == unfinished, failures.all.isEmpty,
      unsafe board.isBroken.pointee.load(ordering: .sequentiallyConsistent) == 0,
      let first = (0..<board.count).first(where: hasFinished)
    else { return }
    fatalError("Worker \(first) of a team has returned while all others wait for it at the barrier.")
  }

  // MARK: Telling

  /// Throws what went wrong in the run, if anything did.
  func throwFailure() throws(TeamError) {
    var threw: [Int] = []
    var dirty: [Int] = []
    for worker in 0..<board.count {
      let outcome = unsafe board.outcome(worker).pointee.load(ordering: .acquiring)
      if outcome != TeamOutcome.done.rawValue { dirty.append(worker) }
      if outcome == TeamOutcome.threw.rawValue { threw.append(worker) }
    }
    if dirty.isEmpty, failures.all.isEmpty { return failures.forgetRun() }
    var error =
      failures.all.min { $0.worker < $1.worker }.map(error) ?? threw.first.map(errorThrown)
      // Time was up, and all that had not finished were at the barrier.
      ?? TeamError(.timedOut, worker: dirty[0], pid: pid(of: dirty[0]), range: range(of: dirty[0]))
    error.workers = board.count
    error.furtherFailures = max(0, failures.all.count + threw.count - 1)
    let hasPassed = unsafe board.passed.pointee.load(ordering: .acquiring) > 0
    error.dirty = hasPassed ? Array(0..<board.count) : dirty
    failures.forgetRun()
    throw error
  }

  private func error(_ failure: TeamFailures.Failure) -> TeamError {
    TeamError(
      failure.code, worker: failure.worker, pid: failure.pid, termination: failure.termination,
      range: range(of: failure.worker), message: failure.message)
  }

  private func errorThrown(by worker: Int) -> TeamError {
    let (type, text) = board.error(worker).contents
    return TeamError(
      .threw, worker: worker, pid: pid(of: worker), range: range(of: worker), errorType: type, message: text)
  }

  private func pid(of worker: Int) -> Int? {
    worker < memberCount ? members[worker]?.pid : currentProcess()
  }

  /// The share that a worker has asked for last in this run.
  private func range(of worker: Int) -> Range<Int>? {
    guard unsafe board.begun(worker).pointee.load(ordering: .acquiring) == run else { return nil }
    let lower = unsafe board.lower(worker).pointee.load(ordering: .acquiring)
    let upper = unsafe board.upper(worker).pointee.load(ordering: .acquiring)
    return lower < 0 || upper < lower ? nil : lower..<upper
  }
}

extension TeamFailures {
  /// What is left for the next run: whether members are missing.
  mutating func forgetRun() {
    if all.isEmpty, condemned.isEmpty, replaced.isEmpty, suspicions.isEmpty, deadlinePasses == 0 { return }
    self = TeamFailures(needsMembers: needsMembers)
  }
}
