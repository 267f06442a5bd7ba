internal import Multiprocessing
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: This covers the whole file. The pointers lead to words of `board`, which keeps its memory
// mapped and which this object keeps. The words are atomic, and every index of a worker is less
// than the number of workers.

/// The caller's side of a team: the members and the current run.
final class TeamCore {
  let board: TeamBoard
  let event: EventFD
  let memberCount: Int
  /// Whether the caller spins before it sleeps. It does not if that would keep a worker from a
  /// core.
  private let spins: Bool
  /// The caller's side of the team's operations.
  let operations: OperationCaller
  private let body: (TeamContext) throws -> Void
  private let generation = ForkCounters.generation
  /// The template process; nil in a team without members.
  let template: ForkTemplate?
  /// The caller as a worker, if it takes part.
  private var own: TeamContext?
  private var ownOperations: OperationRun?

  /// The members; nil where a member has ended.
  var members: [TemplateWorker?]
  /// The descriptors to poll, of the eventfd and of the members; -1 for a missing member.
  var pollables: [CInt]
  var ready: [UInt8]
  private var isRunning = false
  var run: UInt32 = 0
  var deadline = Deadline(after: nil)
  /// The failures of this run.
  var failures = TeamFailures()

  /// Creates the shared memory, forks the template, and has it fork the members.
  init(
    _ options: TeamOptions, parameterByteCount: Int, _ body: @escaping (TeamContext) throws -> Void
  ) throws(TeamError) {
    memberCount = options.memberCount
    spins = options.spinsBetweenRuns
    do throws(SystemError) {
      board = try TeamBoard(count: options.workers, parameterByteCount: parameterByteCount)
      event = try EventFD()
      operations = OperationCaller(try OperationBoard())
    } catch {
      throw TeamError(.cannotStart, worker: 0, message: error.description)
    }
    self.body = body
    members = Array(repeating: nil, count: memberCount)
    pollables = [event.pollable] + [CInt](repeating: -1, count: memberCount)
    ready = [UInt8](repeating: 0, count: memberCount + 1)
    template = memberCount > 0 ? try Self.template(options, board, event, operations.board, body) : nil
    if options.includesCaller {
      let own = TeamContext(memberCount, board: board, event: event, spins: spins) { [unowned self] turn in
        let word = unsafe self.board.turn
        wait(.barrier) { unsafe word.pointee.load(ordering: .sequentiallyConsistent) != turn }
      }
      self.own = own
      ownOperations = OperationRun(own, operations.board, caller: operations)
    }
    try replaceMembers()
  }

  private static func template(
    _ options: TeamOptions, _ board: TeamBoard, _ event: EventFD, _ operations: OperationBoard,
    _ body: @escaping (TeamContext) throws -> Void
  ) throws(TeamError) -> ForkTemplate {
    do throws(ProcessError) {
      return try ForkTemplate(name: options.name) { index in
        if options.pinsMembers { ComputeBudget.pin(toCore: index) }
        let worker = TeamContext(index, board: board, event: event, spins: options.spinsInRuns)
        TeamMember(
          worker: worker, board: board, event: event, memberCount: options.memberCount,
          spins: options.spinsBetweenRuns, body: body,
          operations: OperationRun(worker, operations, caller: nil)
        ).serve()
      }
    } catch {
      throw TeamError(.cannotStart, worker: 0, pid: error.pid, message: error.description)
    }
  }

  deinit {
    // A child that inherited the team leaves its parent's processes alone.
    guard generation == ForkCounters.generation else {
      // SAFETY: The additional reference keeps the template alive on purpose, so that its `deinit`
      // does not run in this child.
      if let template { _ = unsafe Unmanaged.passRetained(template) }
      return
    }
    unsafe board.isClosing.pointee.store(1, ordering: .sequentiallyConsistent)
    unsafe board.run.pointee.add(1, ordering: .sequentiallyConsistent)
    unsafe board.wakeMembers(on: board.run)
    let end = Deadline(after: .seconds(1))
    for case let member? in members where !member.ends(until: end) {
      member.kill()
      _ = member.ends(until: Deadline(after: .seconds(1)))
    }
  }

  // MARK: Runs

  /// Checks that a run may start.
  ///
  /// - Throws: `foreignProcess` in a process that has inherited the team.
  func requireIdle() throws(TeamError) {
    if generation != ForkCounters.generation {
      throw TeamError(.foreignProcess, worker: 0, message: "only the process that created a team can run it")
    }
    if isRunning {
      fatalError("A running team cannot be run again, neither by its own closure nor by another thread.")
    }
  }

  /// Runs the shares of all workers. The parameter is on the board already.
  func perform(isOperation: Bool, timeout: Duration?) throws(TeamError) {
    if failures.needsMembers { try replaceMembers() }
    isRunning = true
    defer { isRunning = false }
    deadline = Deadline(after: timeout)
    run &+= 1
    board.mendBarrier()
    unsafe board.isOperation.pointee.store(isOperation ? 1 : 0, ordering: .relaxed)
    unsafe board.run.pointee.store(run, ordering: .sequentiallyConsistent)
    own?.noteCore(in: run)
    let wokeSome = unsafe board.wakeMembers(on: board.run)
    if wokeSome { own?.giveWay() }
    if let own, let ownOperations,
      !own.perform(run, isOperation ? { _ in try ownOperations.perform() } : body)
    {
      return try requireIdle()
    }
    // A sleeping member often wakes on the core of the process that woke it.
    if wokeSome, spins { yieldCore() }
    wait(.end) { board.haveAllFinished(memberCount, run) }
    // The wait might have moved this thread to another core, which members avoid from now on.
    own?.noteCore(in: run)
    try throwFailure()
  }

  /// Forks the missing members.
  private func replaceMembers() throws(TeamError) {
    for worker in 0..<memberCount where members[worker] == nil {
      do throws(ProcessError) { try startMember(worker, after: run) } catch {
        throw TeamError(.cannotStart, worker: worker, message: error.description)
      }
    }
    failures = TeamFailures()
  }

  /// Forks a member that counts as done with all runs up to `run`.
  func startMember(_ worker: Int, after run: UInt32) throws(ProcessError) {
    unsafe board.sleeps(worker).pointee.store(0, ordering: .relaxed)
    unsafe board.isAtBarrier(worker).pointee.store(0, ordering: .relaxed)
    unsafe board.begun(worker).pointee.store(run, ordering: .relaxed)
    unsafe board.finished(worker).pointee.store(run, ordering: .sequentiallyConsistent)
    let member = try template!.start(worker)
    members[worker] = member
    pollables[worker + 1] = member.pollable
  }

  // MARK: Waiting

  /// Waits for the members, and handles their ends.
  func wait(_ reason: CallerWait, until isOver: () -> Bool) {
    if spins, TeamBoard.spin(isOver) != .unfinished { return }
    let sleeps = unsafe board.callerSleeps
    var nextLook = Deadline(after: .seconds(1))
    while true {
      unsafe sleeps.pointee.store(reason.rawValue, ordering: .sequentiallyConsistent)
      if isOver() { break }
      // A call that fails here because memory is short is repeated.
      _ = try? pollDescriptors(pollables, ready: &ready, until: .earlier(deadline, nextLook))
      unsafe sleeps.pointee.store(CallerWait.nothing.rawValue, ordering: .relaxed)
      if ready[0] != 0 { event.reset() }
      for worker in 0..<memberCount where ready[worker + 1] != 0 { lookAtEnd(of: worker) }
      if isOver() { return }
      if deadline.hasPassed { endOverdue() }
      if nextLook.hasPassed {
        lookForStandstill()
        nextLook = Deadline(after: .seconds(1))
      }
    }
    unsafe sleeps.pointee.store(CallerWait.nothing.rawValue, ordering: .relaxed)
  }
}
