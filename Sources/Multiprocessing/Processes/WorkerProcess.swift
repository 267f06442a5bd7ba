public import SharedArraysSystem
public import SharedArraysTransfer
internal import Synchronization

/// A process that does one piece of work, whose result or error comes back.
///
///     let process = try WorkerProcess.start { expensive(42) }         // forked: the closure captures anything
///     let other = try WorkerProcess.start(Cube.self, 7)               // by name: any start method
///     print(try process.result(), try await other.value)
///
/// A worker lives no longer than the process that started it: the kernel kills it when that process ends, however it ends.
/// At its normal exit a program waits for its workers; daemons are killed then. A worker that nobody holds any more
/// goes on all the same.
///
/// In a forked worker: no `await`, no `Task`, no `Synchronization.Mutex` that another thread might hold; what it changes
/// outside shared memory stays its own. It has default signal handlers and computes BLAS with one thread.
public final class WorkerProcess<Output: Transferable>: Sendable {
  private let core: ProcessCore
  private let decoded = ForkableMutex<Output?>(nil)

  private init(_ core: ProcessCore) {
    self.core = core
    WorkerList.add(core)
  }

  // MARK: Starting

  /// Forks a process that runs a closure.
  ///
  /// - Parameters:
  ///   - name: for messages; unless given, "worker-" and a number.
  ///   - isDaemon: whether the program kills it at its exit instead of waiting for it. Daemons start no processes.
  ///   - body: runs in the worker, with a copy of all of this process's memory. Where the worker could not begin, since
  ///     another thread held a lock at the fork, it is forked a second time.
  /// - Throws: ``ProcessError`` with code `cannotStart` or `notAllowed`.
  public static func start(
    name: String? = nil, isDaemon: Bool = false, _ body: @escaping () throws -> Output
  ) throws(ProcessError) -> WorkerProcess {
    let life = try WorkerLife.ofNewWorker(name: name ?? WorkerNames.next(), isDaemon: isDaemon)
    _ = StartMethod.usedDefault()
    // Only copies of this process run the closure, each with memory of its own.
    nonisolated(unsafe) let body = body
    let fork: @Sendable () throws(ProcessError) -> ProcessCore.Start = { () throws(ProcessError) in
      try ProcessCore.Start(forking: life) { try TransferMessage(encoding: unsafe body()) }
    }
    return WorkerProcess(
      ProcessCore(name: life.name, isDaemon: isDaemon, method: .fork, start: try fork(), restart: fork))
  }

  /// Starts a process that calls a named function.
  ///
  /// - Parameters:
  ///   - function: found by its name in the worker.
  ///   - input: what it gets; of `fork` too, it crosses as a message.
  ///   - name: for messages; unless given, "worker-" and a number.
  ///   - method: how it is started; unless given, the default of this process.
  ///   - isDaemon: whether the program kills it at its exit instead of waiting for it. Daemons start no processes.
  /// - Throws: ``ProcessError`` with code `notResolvable`, `notTransferable`, `unsupportedMethod`, `cannotStart` or
  ///   `notAllowed`.
  public static func start<Function: WorkFunction>(
    _ function: Function.Type, _ input: Function.Input, name: String? = nil, method: StartMethod? = nil,
    isDaemon: Bool = false
  ) throws(ProcessError) -> WorkerProcess where Function.Output == Output {
    let life = try WorkerLife.ofNewWorker(name: name ?? WorkerNames.next(), isDaemon: isDaemon)
    let functionName = try Function.resolvableName()
    let chosen = method ?? StartMethod.usedDefault()
    let start: ProcessCore.Start
    if chosen == .fork {
      let message = AnswerBox(try life.encode(input))
      start = try ProcessCore.Start(forking: life) { try Function.perform(message.take()!) }
    } else {
      start = try ProcessCore.Start(
        life, functionName, try life.encode(input), fromServer: chosen != .spawn)
    }
    return WorkerProcess(
      ProcessCore(
        name: life.name, isDaemon: isDaemon, method: chosen == .automatic ? .forkServer : chosen, start: start
      ))
  }

  // MARK: Results

  /// Waits for the worker and returns what it has made, as often as asked.
  ///
  /// - Parameter timeout: how long to wait; 0 looks once, nil waits for ever.
  /// - Throws: ``ProcessError`` with code `threw`, `died`, `forkStalled`, `notTransferable`, or `timedOut`, after which the
  ///   worker goes on.
  public func result(timeout: Duration? = nil) throws(ProcessError) -> Output {
    guard try core.wait(until: Deadline(after: timeout)) else {
      throw ProcessError(.timedOut, name: name, pid: pid)
    }
    let answer = try core.outcome()
    let result = decoded.withLock { known -> Result<Output, ProcessError> in
      if let known { return .success(known) }
      guard let message = answer.take() else {
        return .failure(
          ProcessError(.notTransferable, name: name, pid: pid, message: "its value could not be read before"))
      }
      do throws(TransferError) {
        let value = try message.decode(as: Output.self)
        known = value
        return .success(value)
      } catch {
        return .failure(ProcessError(.notTransferable, name: name, pid: pid, message: error.description))
      }
    }
    return try result.get()
  }

  /// What the worker has made, once it has ended. The wait takes a thread of its own and blocks no other task.
  ///
  /// - Throws: as ``result(timeout:)``.
  public var value: Output {
    get async throws {
      try await withCheckedThrowingContinuation { continuation in
        WaitingThread.run { continuation.resume(with: Result { try self.result() }) }
      }
    }
  }
}

// MARK: Handling

extension WorkerProcess: Waitable {
  /// The name it was given.
  public var name: String { core.name }

  /// The number of its process; another one if it had to be forked a second time.
  public var pid: Int { core.pid }

  /// Whether it is killed at the exit of the program.
  public var isDaemon: Bool { core.isDaemon }

  /// How it was started.
  public var startMethod: StartMethod { core.method }

  /// Whether its process has not ended.
  ///
  /// - Complexity: a system call.
  public var isAlive: Bool { (try? core.look()) == false }

  /// How its process ended; nil while it runs.
  public var termination: ProcessTermination? {
    _ = try? core.look()
    return core.termination
  }

  /// The descriptor, a pidfd or a socket, that polls as readable when there is something to wait for.
  public var pollableDescriptor: CInt { core.pollable }

  /// Whether the process has ended.
  ///
  /// - Throws: `foreign` in a process that has inherited this object.
  public func isReady() throws(ProcessError) -> Bool { try core.look() }

  /// Waits until the process has ended, as often as asked and from any thread.
  ///
  /// - Parameter timeout: how long; 0 or less looks once, nil waits for ever.
  /// - Returns: whether it has ended.
  /// - Throws: `foreign` in a process that has inherited this object.
  @discardableResult
  public func join(timeout: Duration? = nil) throws(ProcessError) -> Bool {
    try core.wait(until: Deadline(after: timeout))
  }

  /// Asks the process to end, by SIGTERM. It may have a handler for that.
  public func terminate() { core.signal(15) }

  /// Ends the process, by SIGKILL, even if it is stopped; its workers end with it.
  public func kill() { core.signal(9) }

  /// Ends the process and all its descendants, those that other programs started included.
  public func killTree() { ProcessTree.kill(core) }
}

extension WorkerProcess: LookedAfter {
  /// A forked worker may have come to a standstill, which only a wait notices.
  func lookAfter() { _ = try? join(timeout: .milliseconds(1)) }
}
