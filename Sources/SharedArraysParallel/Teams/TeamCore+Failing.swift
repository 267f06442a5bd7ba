internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

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
    let areUntold = members.contains { $0?.isUntold == true }
    // The template is stopped, and stands between this and the ends of its members.
    if areUntold, failures.hasUntold { template?.kill() }
    failures.hasUntold = areUntold
    for worker in 0..<memberCount where !hasFinished(worker) {
      var suspicion = failures.suspicions[worker] ?? StandstillSuspicion()
      suspicion.note(isDeadlocked: members[worker]?.isDeadlocked == true)
      failures.suspicions[worker] = suspicion
      if suspicion.isCertain { end(worker, .forkStalled) }
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
}
