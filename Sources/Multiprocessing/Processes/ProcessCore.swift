internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// The parent's view of one worker: its state, its messages, and how it ended.
///
/// Crash safety: the worker sends everything as messages on a socket, where they remain when it is
/// killed. The kernel reports its end by a pidfd, which another process cannot take over as it can
/// a pid. A wait therefore ends, at whatever instant the worker is killed.
final class ProcessCore: Sendable {
  let name: String
  let isDaemon: Bool
  let method: StartMethod
  /// The `ForkCounters.generation` of the process that created this object. Only that process may
  /// ask.
  private let generation = ForkCounters.generation
  /// Forks the worker again; nil if it cannot be forked again.
  private let restart: (@Sendable () throws(ProcessError) -> Start)?
  private let state: ForkableMutex<State>

  /// A process that has just been started.
  struct Start: Sendable {
    let child: WorkerHandle
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
    /// The error that says why this package has killed the worker; nil if it has not.
    var stall: ProcessError?
    var suspicion = ForkDeadlockDetector()

    var isAnswered: Bool { answer != nil }
  }

  /// The outcome that the worker has sent.
  enum Answer: Sendable {
    case value(ResultSlot)
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

  /// Checks that this process created the object.
  ///
  /// - Throws: `foreignProcess` in a process that has inherited this object.
  func requireOwn() throws(ProcessError) {
    if generation != ForkCounters.generation {
      throw ProcessError(
        .foreignProcess, name: name, message: "only the process that started a worker can use it")
    }
  }

  var isOwn: Bool { generation == ForkCounters.generation }

  var pid: Int { isOwn ? state.withLock { $0.start.pid } : -1 }

  var termination: ProcessTermination? { isOwn ? state.withLock { $0.termination } : nil }

  /// The most memory, in bytes, that the worker used at a time, known when it has ended.
  var mostMemory: Int? { isOwn ? state.withLock { $0.start.child.mostMemory } : nil }

  // MARK: Waiting

  /// The descriptor that is readable when the worker's state has to be checked.
  var pollable: CInt { state.withLock { $0.start.child.pollable } }

  /// Waits for the worker to end.
  ///
  /// - Returns: Whether it has ended.
  func wait(until deadline: Deadline) throws(ProcessError) -> Bool {
    try requireOwn()
    var pause = Duration.milliseconds(50)
    while true {
      if try look() { return true }
      if deadline.hasPassed { return false }
      var ready: [UInt8] = [0]
      // Forked workers are checked from time to time, because they may be deadlocked: soon after
      // the fork, where deadlocks happen, and then once a second.
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

  /// Receives the worker's messages, and returns whether it has ended.
  @discardableResult
  func look() throws(ProcessError) -> Bool {
    try requireOwn()
    return state.withLock { state in
      if state.termination != nil { return true }
      // The check precedes the messages: a worker that has ended has already sent all of them.
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
        do throws(TransferError) { state.answer = .value(ResultSlot(try message.takeValue())) } catch {
          state.answer = .refusal(error.description)
        }
      case .failure: state.answer = .failure(type: message.first, text: message.second)
      case .refusal: state.answer = .refusal(message.second)
      default: break
      }
    }
  }

  /// Kills a forked worker that is deadlocked because another thread of this process held a lock at
  /// the fork. Forks it again if it had not started to run.
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
        message: "it waited for a lock that another thread of its parent held at the fork")
      return false
    }
    guard restarts, let restart else { return }
    let next = try restart()
    state.withLock { state in
      _ = state.start.child.reap()
      state.start = next
      state.isRetry = true
      state.suspicion = ForkDeadlockDetector()
      state.startDeadline = Deadline(after: .seconds(10))
    }
  }

  /// Whether the process has ended but the server that started it has not reported it yet.
  var isUntold: Bool { state.withLock { $0.termination == nil && $0.start.child.isUntold } }

  // MARK: The end

  /// Returns the result of the worker, whose process has ended, or throws the reason why it has
  /// none.
  func outcome() throws(ProcessError) -> ResultSlot {
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
