internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words of `board`, which keeps its memory
// mapped and which this member keeps. The words are atomic.

/// The main loop of a member: it waits for a run, does its share, and waits for the next run.
///
/// A member runs in a process of its own, and ends with the team.
struct TeamMember {
  let worker: TeamContext
  let board: TeamBoard
  let event: EventFD
  /// The number of workers that are members.
  let memberCount: Int
  /// Whether the member spins for the next run before it sleeps.
  let spins: Bool
  let body: (TeamContext) throws -> Void
  let operations: OperationRun

  func serve() {
    let index = worker.index
    // The caller has set this value for a process that starts here: the member counts as done with
    // all runs up to this one.
    var run = unsafe board.finished(index).pointee.load(ordering: .acquiring)
    while true {
      let wait = wait(for: run)
      if unsafe board.isClosing.pointee.load(ordering: .acquiring) != 0 { return }
      run = unsafe board.run.pointee.load(ordering: .acquiring)
      // A member that sleeps between runs has to move again the next time it is woken.
      if wait == .long, spins { worker.leaveCoreOfAnother(in: run) }
      let isOperation = unsafe board.isOperation.pointee.load(ordering: .relaxed) != 0
      guard worker.perform(run, isOperation ? { _ in try operations.perform() } : body) else { exitWorker(0) }
      board.wakeCaller(event, waitingFor: .end) { board.haveAllFinished(memberCount, run) }
    }
  }

  /// Waits until the current run is another run than `last`.
  private func wait(for last: UInt32) -> TeamBoard.Wait {
    let word = unsafe board.run
    if spins {
      let wait = TeamBoard.spin { unsafe word.pointee.load(ordering: .acquiring) != last }
      if wait != .unfinished { return wait }
    }
    let avoidance = worker.avoidCoresInSleep()
    // Arrays of operations stay mapped for a second without work.
    if operations.keepsArrays,
      unsafe !board.sleep(worker.index, on: word, while: last, until: Deadline(after: .seconds(1)))
    {
      operations.forgetArrays()
    }
    unsafe board.sleep(worker.index, on: word, while: last)
    avoidance?.end()
    return .long
  }
}
