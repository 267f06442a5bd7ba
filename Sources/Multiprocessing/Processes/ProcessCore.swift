internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// One worker as its parent sees it: how it is going, what it said, how it ended.
///
/// Surviving death: the worker tells what it has to tell by messages in a socket, which stay there when it is killed. Its end is
/// told by the kernel, by a handle (pidfd) that no other process can get; so whatever instant it is killed at, a wait ends.
final class ProcessCore: Sendable {
  let name: String
  let isDaemon: Bool
  let method: StartMethod
  /// The process that made it, by `ForkHistory.generation`: only that one may ask.
  private let generation = ForkHistory.generation
  /// Forks the worker anew; nil where it was started by other ways.
  private let restart: (@Sendable () throws(ProcessError) -> Start)?
  private let state: ForkableMutex<State>

  /// A process that has just been started.
  struct Start: Sendable {
    let child: ChildBox
    let socket: WorkerSocket

    var pid: Int { child.pid }
  }

  struct State {
    var start: Start
    var isRetry = false
    var hasStarted = false
    var startDeadline = Deadline(after: .seconds(10))
    var answer: Answer?
    var termination: ProcessTermination?
    /// Set where this package has killed the worker, and why.
    var stall: ProcessError?
    var suspicion = StandstillSuspicion()

    var isAnswered: Bool { answer != nil }
  }

  /// What the worker said at last.
  enum Answer: Sendable {
    case value(AnswerBox)
    case failure(type: String, text: String)
    case refusal(String)
  }

  init(
    name: String, isDaemon: Bool, method: StartMethod, start: Start,
    restart: (@Sendable () throws(ProcessError) -> Start)? = nil
  ) {
    self.name = name
    self.isDaemon = isDaemon
    self.method = method
    self.restart = restart
    state = ForkableMutex(State(start: start))
  }

  /// - Throws: `foreign` in a process that has inherited this object.
  func requireOwn() throws(ProcessError) {
    if generation != ForkHistory.generation {
      throw ProcessError(
        .foreign, name: name, message: "only the process that started a worker can ask about it")
    }
  }

  var isOwn: Bool { generation == ForkHistory.generation }

  var pid: Int { isOwn ? state.withLock { $0.start.pid } : -1 }

  var termination: ProcessTermination? { isOwn ? state.withLock { $0.termination } : nil }

  /// Bytes of memory that it had at most at a time, known when it has ended.
  var mostMemory: Int? { isOwn ? state.withLock { $0.start.child.mostMemory } : nil }

  // MARK: Waiting

  /// The descriptor that is readable when there is something to look at.
  var pollable: CInt { state.withLock { $0.start.child.pollable } }

  /// Waits for the end.
  ///
  /// - Returns: whether it has ended.
  func wait(until deadline: Deadline) throws(ProcessError) -> Bool {
    try requireOwn()
    var pause = Duration.milliseconds(50)
    while true {
      if try look() { return true }
      if deadline.hasPassed { return false }
      var ready: [UInt8] = [0]
      // From time to time for the sake of forked workers, which may have come to a standstill: soon after the fork, where
      // that happens, and then once a second.
      let next = method == .fork ? Deadline.earlier(deadline, Deadline(after: pause)) : deadline
      pause = min(pause * 2, .seconds(1))
      do throws(SystemError) {
        _ = try pollDescriptors([pollable], ready: &ready, until: next)
      } catch {
        throw ProcessError(.cannotStart, name: name, pid: pid, underlying: error)
      }
      if ready[0] == 0, method == .fork { try relieveStall() }
    }
  }

  /// Takes in what the worker has said and whether it has ended.
  @discardableResult
  func look() throws(ProcessError) -> Bool {
    try requireOwn()
    return state.withLock { state in
      if state.termination != nil { return true }
      // Before the messages: what it said, it said before its end.
      let termination = state.start.child.terminationIfEnded()
      Self.drain(&state)
      if let termination {
        state.termination = termination
        state.start.socket.close()
        WorkerList.remove(self)
      }
      return termination != nil
    }
  }

  private static func drain(_ state: inout State) {
    while !state.isAnswered, var message = state.start.socket.receive() {
      switch message.kind {
      case .started: state.hasStarted = true
      case .result:
        do throws(TransferError) { state.answer = .value(AnswerBox(try message.takeValue())) } catch {
          state.answer = .refusal(error.description)
        }
      case .failure: state.answer = .failure(type: message.first, text: message.second)
      case .refusal: state.answer = .refusal(message.second)
      default: break
      }
    }
  }

  /// Ends a forked worker that cannot go on, since another thread of this process had a lock at the fork: it is killed, and
  /// forked anew if it had not begun.
  private func relieveStall() throws(ProcessError) {
    _ = try look()
    let restarts: Bool = state.withLock { state in
      if state.termination != nil { return false }
      state.suspicion.note(isDeadlocked: state.start.child.isDeadlocked)
      let isStalled = state.suspicion.isCertain || !state.hasStarted && state.startDeadline.hasPassed
      if !isStalled { return false }
      state.start.child.signal(9)
      if !state.hasStarted, !state.isRetry, restart != nil { return true }
      state.stall = ProcessError(
        .forkStalled, name: name, pid: state.start.pid,
        message: "it waits for a lock that another thread of its parent held at that moment")
      return false
    }
    guard restarts, let restart else { return }
    let next = try restart()
    state.withLock { state in
      _ = state.start.child.reap()
      state.start = next
      state.isRetry = true
      state.suspicion = StandstillSuspicion()
      state.startDeadline = Deadline(after: .seconds(10))
    }
  }

  /// Whether its process has ended, but the server that started it has not said so yet.
  var isUntold: Bool { state.withLock { $0.termination == nil && $0.start.child.isUntold } }

  // MARK: The end

  /// What the worker has made; the process has ended.
  func outcome() throws(ProcessError) -> AnswerBox {
    let (answer, termination, stall, pid) = state.withLock {
      ($0.answer, $0.termination, $0.stall, $0.start.pid)
    }
    switch answer {
    case .value(let message): return message
    case .failure(let type, let text):
      throw ProcessError(.threw, name: name, pid: pid, errorType: type, message: text)
    case .refusal(let text): throw ProcessError(.notTransferable, name: name, pid: pid, message: text)
    case nil:
      if let stall { throw stall }
      throw ProcessError(.died, name: name, pid: pid, termination: termination)
    }
  }

  func signal(_ number: Int) {
    guard isOwn else { return }
    state.withLock { if $0.termination == nil { $0.start.child.signal(number) } }
  }
}
