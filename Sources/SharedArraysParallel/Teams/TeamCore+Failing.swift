internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words of `board`, which keeps its memory
// mapped and which the core keeps. The words are atomic, and every index of a worker is less than
// the number of workers.

extension TeamCore {
  // MARK: Ends of members

  /// Handles the end of a member, if it has ended.
  func lookAtEnd(of worker: Int) {
    guard let member = members[worker] else { return }
    guard let termination = member.termination else {
      // The template has ended, so from now on the kernel reports the member's end.
      pollables[worker + 1] = member.pollable
      return
    }
    members[worker] = nil
    pollables[worker + 1] = -1
    failures.needsMembers = true
    // The member cannot write any more, so the caller owns its record.
    if unsafe board.finished(worker).pointee.load(ordering: .acquiring) == run { return }
    let hasBegun = unsafe board.begun(worker).pointee.load(ordering: .acquiring) == run
    if !hasBegun, failures.all.isEmpty, failures.condemned.isEmpty, !failures.replaced.contains(worker) {
      return replaceIdle(worker)
    }
    note(
      TeamFailures.Failure(
        code: failures.condemned[worker] ?? .died, worker: worker, pid: member.pid, termination: termination))
  }

  /// Replaces a member that ended between runs. It had done no work, so its replacement does the
  /// share in this run.
  private func replaceIdle(_ worker: Int) {
    failures.replaced.append(worker)
    do throws(ProcessError) {
      try startMember(worker, after: run &- 1)
      failures.needsMembers = members.contains { $0 == nil }
    } catch {
      note(TeamFailures.Failure(code: .cannotStart, worker: worker, message: error.description))
    }
  }

  /// Finishes the run in the stead of a member that has ended, and releases the other workers from
  /// the barrier.
  private func note(_ failure: TeamFailures.Failure) {
    failures.all.append(failure)
    unsafe board.outcome(failure.worker).pointee.store(TeamOutcome.died.rawValue, ordering: .relaxed)
    unsafe board.finished(failure.worker).pointee.store(run, ordering: .sequentiallyConsistent)
    board.breakBarrier(event)
  }

  // MARK: Ending members

  /// Ends a run whose time is up. Members that are working are killed. Members at the barrier have
  /// a second to leave it by themselves.
  func endOverdue() {
    failures.deadlinePasses += 1
    for worker in 0..<memberCount where !hasFinished(worker) {
      let waits = unsafe board.isAtBarrier(worker).pointee.load(ordering: .relaxed) != 0
      if failures.deadlinePasses > 1 || !waits { end(worker, .deadlineExceeded) }
    }
    board.breakBarrier(event)
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

  /// Checks periodically during a run whether it can still end.
  func lookForStandstill() {
    let areUntold = members.contains { $0?.isUntold == true }
    // The template is stopped, and hides the ends of its members from this process.
    if areUntold, failures.hasUntold { template?.kill() }
    failures.hasUntold = areUntold
    for worker in 0..<memberCount where !hasFinished(worker) {
      var suspicion = failures.suspicions[worker] ?? ForkDeadlockDetector()
      suspicion.note(isDeadlocked: members[worker]?.isDeadlocked == true)
      failures.suspicions[worker] = suspicion
      if suspicion.isCertain { end(worker, .forkStalled) }
    }
    // A worker that has finished does not arrive at the barrier again, so the workers that wait
    // there now would wait forever.
    let unfinished = (0..<board.count).count { !hasFinished($0) }
    let arrived = unsafe Int(board.arrived.pointee.load(ordering: .sequentiallyConsistent))
    guard unfinished > 0, unfinished < board.count, arrived == unfinished, failures.all.isEmpty,
      unsafe board.isBroken.pointee.load(ordering: .sequentiallyConsistent) == 0,
      let first = (0..<board.count).first(where: hasFinished)
    else { return }
    fatalError("Worker \(first) of a team has returned while all other workers wait for it at the barrier.")
  }
}
