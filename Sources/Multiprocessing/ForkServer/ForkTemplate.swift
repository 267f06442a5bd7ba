package import SharedArraysSystem
internal import SharedArraysTransfer

/// A process, forked early, that does nothing but fork workers: each is as its client was when the template was forked, with
/// whatever the work captured, and has nothing of what the client has become since.
///
/// It is a fork server that was forked in place of a program started anew, and serves this process alone. So the workers it
/// forks never come to a standstill for the sake of a thread of the client: it has one thread itself.
///
/// Surviving death: template and workers are killed when the client ends, however it ends, each by the client's life line. A
/// template that is killed leaves its workers alone; the client learns of their ends from the kernel then, and of the template's
/// when it asks for the next worker, which is an error: another template could only be forked from what the client is now. The
/// template goes away with the last reference to this; workers stay until they end or are killed.
package final class ForkTemplate: Sendable {
  private let server: ForkServer
  private let name: String

  /// The number of its process.
  package var pid: Int { server.pid }

  /// Forks a template.
  ///
  /// - Parameters:
  ///   - name: a worker's name is this, a hyphen and its number.
  ///   - isDaemon: whether its workers are forbidden to start processes.
  ///   - startTimeout: how long it may take until it runs. It is forked a second time where it does not.
  ///   - work: runs in each worker, with its number. What it throws ends the worker.
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

  /// Forks a template whose workers get the end of a socket, by which they can talk to their client.
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
      message: "it did not begin to run, most likely for want of a lock of its parent's")
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
            return try TransferMessage(encoding: Empty())
          }
          WorkerList.joinAll()
          return code
        }, until: Deadline(after: .seconds(60)))
    } catch {
      throw life.startError(error)
    }
  }

  /// Ends the template, by SIGKILL, even if it is stopped; from then on the kernel tells the ends of its workers.
  package func kill() { server.kill() }

  /// Forks a worker from the template.
  ///
  /// - Parameter number: what the work is told; several workers may have the same, one after the other.
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
  /// - Parameter isDaemon: whether this process, at its end, kills it in place of waiting for it.
  func startProcess(
    _ number: Int, sending value: MessageBox? = nil, isDaemon: Bool = false
  ) throws(ProcessError) -> ProcessCore {
    let own = "\(name)-\(number)"
    do throws(SystemError) {
      var pair = try SocketPair()
      let (pid, handle, report) = try server.start(
        String(number), pair.other, until: Deadline(after: .seconds(10)))
      let socket = pair.takeOwn()
      if let value { try Self.send(value.message, over: socket) }
      let start = ProcessCore.Start(
        child: ChildBox(pid: pid, handle: handle, report: report), socket: WorkerSocket(socket))
      return ProcessCore(name: own, isDaemon: isDaemon, method: .forkServer, start: start)
    } catch {
      let isGone = error.code == ErrorCode.brokenPipe || error.code == ErrorCode.connectionReset
      throw ProcessError(
        .cannotStart, name: own,
        message: isGone ? "the process that it would have been forked from has ended" : nil, underlying: error
      )
    }
  }
}

/// A worker that a template has forked.
package final class TemplateWorker: Sendable {
  private let core: ProcessCore

  init(_ core: ProcessCore) { self.core = core }

  /// The number of its process.
  package var pid: Int { core.pid }

  /// The descriptor that is readable when the process has ended, or, if its template has ended, when there is something to look
  /// at.
  package var pollable: CInt { core.pollable }

  /// How it ended, reaped; nil if it runs. It is found out now.
  package var termination: ProcessTermination? {
    _ = try? core.look()
    return core.termination
  }

  /// Whether it has ended, but its template has not said so yet: for long, if that is stopped.
  package var isUntold: Bool { core.isUntold }

  /// Whether it waits for a lock that nobody can give back: it has one thread, and that sleeps in a futex of its own memory
  /// without a limit.
  package var isDeadlocked: Bool { isDeadlockedProcess(pid) }

  /// Waits for the end.
  ///
  /// - Returns: whether it has ended.
  package func ends(until deadline: Deadline) -> Bool { (try? core.wait(until: deadline)) ?? false }

  /// Why its work has no result: the error that it threw, or how it ended; nil if all is well. It has ended.
  package var failure: ProcessError? {
    do throws(ProcessError) {
      _ = try core.outcome()
      return nil
    } catch {
      return error
    }
  }

  /// Ends it, by SIGKILL, even if it is stopped.
  package func kill() { core.signal(9) }
}
