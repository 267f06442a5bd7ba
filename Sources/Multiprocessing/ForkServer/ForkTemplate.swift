package import SharedArraysSystem
internal import SharedArraysTransfer

/// A process, forked early, that only forks workers. Each worker starts in the state the client had
/// when the template was forked, with everything that the work captured, and with none of the
/// client's later state.
///
/// A template is a fork server that was forked from the client instead of started as a new program,
/// and serves this process alone. It has one thread, so a lock held by another thread of the client
/// cannot deadlock its workers.
///
/// Crash safety: the template and its workers are killed when the client ends, however it ends,
/// because each of them is tied to the client's parent-death pipe. A template that is killed leaves
/// its workers alone. The client then learns from the kernel how they end. It notices the
/// template's end when it asks for the next worker, and that request fails, because another
/// template could only be forked from the client's present state. The template ends with the last
/// reference to this object; its workers stay until they end or are killed.
package final class ForkTemplate: Sendable {
  private let server: ForkServer
  private let name: String

  /// The pid of the template.
  package var pid: Int { server.pid }

  /// Forks a template.
  ///
  /// - Parameters:
  ///   - name: The prefix of the workers' names. A hyphen and the worker's number follow it.
  ///   - isDaemon: Whether its workers are forbidden to start processes.
  ///   - startTimeout: The longest time until the template runs. If it does not run by then, it is
  ///     killed and forked a second time.
  ///   - work: The work of each worker, which receives the worker's number. An error that it throws
  ///     ends the worker.
  /// - Throws: ``ProcessError`` with code `cannotStart`, `notAllowed` or `forkStalled`.
  package convenience init(
    name: String, isDaemon: Bool = false, startTimeout: Duration = .seconds(10),
    _ work: (Int) throws -> Void
  ) throws(ProcessError) {
    try self.init(
      name: name, isDaemon: isDaemon, startTimeout: startTimeout,
      talking: { number, _ in
        try work(number)
      })
  }

  /// Forks a template whose workers receive the end of a socket for messages to and from their
  /// client.
  init(
    name: String, isDaemon: Bool, startTimeout: Duration = .seconds(10),
    talking work: (Int, borrowing OwnedDescriptor) throws -> Void
  ) throws(ProcessError) {
    self.name = name
    let life = try WorkerLife.ofNewWorker(name: name, isDaemon: isDaemon)
    WorkerLife.rehearsal
    for _ in 0..<2 {
      let server = try Self.fork(life, work)
      if server.begins(until: Deadline(after: startTimeout)) {
        self.server = server
        return
      }
    }
    throw ProcessError(
      .forkStalled, name: name,
      message: "it did not start to run, most likely because it waited for a lock of its parent")
  }

  private static func fork(
    _ life: WorkerLife, _ work: (Int, borrowing OwnedDescriptor) throws -> Void
  ) throws(ProcessError) -> ForkServer {
    do throws(ForkError) {
      return try ForkServer(
        forking: { text, socket in
          var life = life
          life.name += "-" + text
          let code = life.run(over: socket) {
            try work(Int(text) ?? 0, socket)
            return try TransferMessage(encoding: NoValue())
          }
          WorkerList.joinAll()
          return code
        }, until: Deadline(after: .seconds(60)))
    } catch {
      throw life.startError(error)
    }
  }

  /// Ends the template by SIGKILL, even if it is stopped. From then on the kernel reports the ends
  /// of its workers.
  package func kill() { server.kill() }

  /// Forks a worker from the template.
  ///
  /// - Parameter number: The number that the work receives. Several workers may have the same
  ///   number, one after the other.
  /// - Throws: ``ProcessError`` with code `cannotStart`, also if the template has been killed.
  package func start(_ number: Int) throws(ProcessError) -> TemplateWorker {
    TemplateWorker(try startProcess(number))
  }

  private static func send(
    _ value: borrowing TransferMessage, over socket: borrowing OwnedDescriptor
  ) throws(SystemError) {
    try WorkerMessage.send(.job, payload: value.bytes, descriptors: value.rawDescriptors, over: socket)
  }

  /// Forks a worker from the template, and sends it a value.
  ///
  /// - Parameter isDaemon: Whether this process kills the worker at exit instead of waiting for it.
  func startProcess(
    _ number: Int, sending value: EncodedMessage? = nil, isDaemon: Bool = false
  ) throws(ProcessError) -> ProcessCore {
    let own = "\(name)-\(number)"
    do throws(SystemError) {
      var pair = try SocketPair()
      let (pid, handle, report) = try server.start(
        String(number), pair.other, until: Deadline(after: .seconds(10)))
      let socket = pair.takeOwn()
      if let value { try Self.send(value.message, over: socket) }
      let start = ProcessCore.Start(
        child: WorkerHandle(pid: pid, handle: handle, report: report), socket: WorkerSocket(socket))
      return ProcessCore(name: own, isDaemon: isDaemon, method: .forkServer, start: start)
    } catch {
      let isGone = error.code == ErrorCode.brokenPipe || error.code == ErrorCode.connectionReset
      throw ProcessError(
        .cannotStart, name: own,
        message: isGone ? "the template process that forks it has ended" : nil, underlying: error)
    }
  }
}

/// A worker forked by a template.
package final class TemplateWorker: Sendable {
  private let core: ProcessCore

  init(_ core: ProcessCore) { self.core = core }

  /// The pid of the worker.
  package var pid: Int { core.pid }

  /// The descriptor that is readable when the process has ended. If the template has ended, it is
  /// readable when the state has to be checked.
  package var pollable: CInt { core.pollable }

  /// How the worker ended; nil while it runs. Reading this property checks and reaps the worker.
  package var termination: ProcessTermination? {
    _ = try? core.look()
    return core.termination
  }

  /// Whether the worker has ended but its template has not reported it yet. A stopped template can
  /// delay the report for long.
  package var isUntold: Bool { core.isUntold }

  /// Whether the worker waits for a lock that no thread can release: its only thread sleeps,
  /// without a time limit, in a futex of its own memory.
  package var isDeadlocked: Bool { isDeadlockedProcess(pid) }

  /// Waits for the worker to end.
  ///
  /// - Returns: Whether it has ended.
  package func ends(until deadline: Deadline) -> Bool { (try? core.wait(until: deadline)) ?? false }

  /// The reason why the work of a worker that has ended has no result: the error that it threw, or
  /// how it ended; nil if it succeeded.
  package var failure: ProcessError? {
    do throws(ProcessError) {
      _ = try core.outcome()
      return nil
    } catch {
      return error
    }
  }

  /// Ends the worker by SIGKILL, even if it is stopped.
  package func kill() { core.signal(9) }
}
