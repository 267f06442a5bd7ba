internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words of `board`, which keeps its memory
// mapped and which the core keeps. The words are atomic, and every index of a worker is less than
// the number of workers.

extension TeamCore {
  /// Throws the error of the run, if it failed.
  func throwFailure() throws(TeamError) {
    var threw: [Int] = []
    var incomplete: [Int] = []
    for worker in 0..<board.count {
      let outcome = unsafe board.outcome(worker).pointee.load(ordering: .acquiring)
      if outcome != TeamOutcome.done.rawValue { incomplete.append(worker) }
      if outcome == TeamOutcome.threw.rawValue { threw.append(worker) }
    }
    if incomplete.isEmpty, failures.all.isEmpty { return failures.forgetRun() }
    var error =
      failures.all.min { $0.worker < $1.worker }.map(error) ?? threw.first.map(errorThrown)
      // Time was up, and all workers that had not finished were at the barrier.
      ?? TeamError(
        .deadlineExceeded, worker: incomplete[0], pid: pid(of: incomplete[0]), range: range(of: incomplete[0])
      )
    error.workers = board.count
    error.additionalFailureCount = max(0, failures.all.count + threw.count - 1)
    let hasPassed = unsafe board.passed.pointee.load(ordering: .acquiring) > 0
    error.incompleteWorkers = hasPassed ? Array(0..<board.count) : incomplete
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

  /// Returns the share that a worker requested last in this run.
  private func range(of worker: Int) -> Range<Int>? {
    guard unsafe board.begun(worker).pointee.load(ordering: .acquiring) == run else { return nil }
    let lower = unsafe board.lower(worker).pointee.load(ordering: .acquiring)
    let upper = unsafe board.upper(worker).pointee.load(ordering: .acquiring)
    return lower < 0 || upper < lower ? nil : lower..<upper
  }
}
