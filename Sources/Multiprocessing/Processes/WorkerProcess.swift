public import SharedArraysSystem
public import SharedArraysTransfer
internal import Synchronization

/// A process that does one piece of work and returns its result or error.
///
///     let process = try WorkerProcess.start { expensive(42) }         // forked: the closure captures anything
///     let other = try WorkerProcess.start(Cube.self, 7)               // by name: any start method
///     print(try process.result(), try await other.value)
///
/// A worker lives no longer than the process that started it: the kernel kills the worker when that
/// process ends, however it ends. At its normal exit a program kills its daemons and waits for its
/// other workers. A worker goes on after the last reference to this object is gone.
///
/// A forked worker must not use `await`, `Task`, or a `Synchronization.Mutex` that another thread
/// might hold. Its changes outside shared memory are its own. It has default signal handlers and
/// computes BLAS with one thread.
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
  ///   - name: The name of the worker in messages. The default is "worker-" and a number.
  ///   - isDaemon: Whether the program kills the worker at exit instead of waiting for it. Daemons
  ///     may not start processes.
  ///   - body: The work. It runs in the worker, with a copy of all of this process's memory. If the
  ///     worker cannot begin because another thread held a lock at the fork, it is forked a second
  ///     time.
  /// - Throws: ``ProcessError`` with code `cannotStart` or `notAllowed`.
  public static func start(
    name: String? = nil, isDaemon: Bool = false, _ body: @escaping () throws -> Output
  ) throws(ProcessError) -> WorkerProcess {
    let life = try WorkerLife.ofNewWorker(name: name ?? WorkerNames.next(), isDaemon: isDaemon)
    _ = StartMethod.usedDefault()
    // SAFETY: only forked copies of this process run the closure, each in its own memory.
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
  ///   - function: The type of the function. The worker finds it by its name.
  ///   - input: The input of the function. Every start method sends it as a message, also `fork`.
  ///   - name: The name of the worker in messages. The default is "worker-" and a number.
  ///   - method: The start method. The default is the default of this process.
  ///   - isDaemon: Whether the program kills the worker at exit instead of waiting for it. Daemons
  ///     may not start processes.
  /// - Throws: ``ProcessError`` with code `notResolvable`, `notTransferable`, `unsupportedMethod`,
  ///   `cannotStart` or `notAllowed`.
  public static func start<Function: WorkFunction>(
    _ function: Function.Type, _ input: Function.Input, name: String? = nil, method: StartMethod? = nil,
    isDaemon: Bool = false
  ) throws(ProcessError) -> WorkerProcess where Function.Output == Output {
    let life = try WorkerLife.ofNewWorker(name: name ?? WorkerNames.next(), isDaemon: isDaemon)
    let functionName = try Function.resolvableName()
    let chosen = method ?? StartMethod.usedDefault()
    let start: ProcessCore.Start
    if chosen == .fork {
      let message = ResultSlot(try life.encode(input))
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

  /// Waits for the worker to finish and returns its result. Later calls return the same result.
  ///
  /// - Parameter timeout: The longest time to wait; 0 checks once, nil waits without a limit.
  /// - Throws: ``ProcessError`` with code `threw`, `died`, `forkStalled`, `notTransferable`, or
  ///   `timedOut`. After `timedOut` the worker goes on.
  public func result(timeout: Duration? = nil) throws(ProcessError) -> Output {
    guard try core.wait(until: Deadline(after: timeout)) else {
      throw ProcessError(.timedOut, name: name, pid: pid)
    }
    let answer = try core.outcome()
    let result = decoded.withLock { known -> Result<Output, ProcessError> in
      if let known { return .success(known) }
      guard let message = answer.take() else {
        return .failure(
          ProcessError(
            .notTransferable, name: name, pid: pid, message: "an earlier call could not decode its result"))
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

  /// The result of the worker, once it has ended. The wait uses a thread of its own and blocks no
  /// other task.
  ///
  /// - Throws: The same errors as ``result(timeout:)``.
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
  /// The name of the worker.
  public var name: String { core.name }

  /// The pid of the worker. It changes if the worker has to be forked a second time.
  public var pid: Int { core.pid }

  /// Whether the worker is killed at the exit of the program.
  public var isDaemon: Bool { core.isDaemon }

  /// The method by which the worker was started.
  public var startMethod: StartMethod { core.method }

  /// Whether the process has not ended.
  ///
  /// - Complexity: A system call.
  public var isAlive: Bool { (try? core.look()) == false }

  /// How the process ended; nil while it runs.
  public var termination: ProcessTermination? {
    _ = try? core.look()
    return core.termination
  }

  /// The descriptor, a pidfd or a socket, that polls as readable when the process may have ended.
  public var pollableDescriptor: CInt { core.pollable }

  /// Whether the process has ended.
  ///
  /// - Throws: `foreignProcess` in a process that has inherited this object.
  public func isReady() throws(ProcessError) -> Bool { try core.look() }

  /// Waits until the process has ended. It may be called repeatedly and from any thread.
  ///
  /// - Parameter timeout: The longest time to wait; 0 or less checks once, nil waits without a
  ///   limit.
  /// - Returns: Whether the process has ended.
  /// - Throws: `foreignProcess` in a process that has inherited this object.
  @discardableResult
  public func join(timeout: Duration? = nil) throws(ProcessError) -> Bool {
    try core.wait(until: Deadline(after: timeout))
  }

  /// Asks the process to end by SIGTERM, for which it may have a handler.
  public func terminate() { core.signal(15) }

  /// Ends the process by SIGKILL, even if it is stopped. Its workers end with it.
  public func kill() { core.signal(9) }

  /// Ends the process and all its descendants, including those that other programs started.
  public func killTree() { ProcessTree.kill(core) }
}

extension WorkerProcess: Supervised {
  /// Detects that a forked worker is deadlocked, which only a wait notices.
  func lookAfter() { _ = try? join(timeout: .milliseconds(1)) }
}
