internal import SharedArraysMemory
internal import SharedArraysSystem

/// The client's side of a fork server: either the server that all named functions share, or a
/// template with a server of its own.
///
/// Crash safety: the client notices that a server has been killed when it asks for the next worker,
/// and starts another server.
final class ForkServer: Sendable {
  private let process: ChildProcess
  private let socket: OwnedDescriptor

  var pid: Int { process.pid }

  /// Ends the server by SIGKILL, even if it is stopped.
  func kill() { process.kill() }

  init() throws(ProcessError) {
    let mode = try WorkerMain.mode("server")
    do throws(SystemError) {
      var pair = try SocketPair()
      process = try ChildProcess.spawn(mode: mode, socket: pair.other)
      socket = pair.takeOwn()
    } catch {
      throw ProcessError(.cannotStart, name: "fork server", underlying: error)
    }
  }

  /// Forks a server that forks workers from this process's present state.
  ///
  /// - Parameter work: The whole life of a worker. It receives the worker's number as text and the
  ///   worker's end of a socket.
  init(
    forking work: (String, borrowing OwnedDescriptor) -> CInt, until deadline: Deadline
  ) throws(ForkError) {
    var pair: SocketPair
    do throws(SystemError) { pair = try SocketPair() } catch { throw .system(error) }
    let own = pair.takeOwn()
    let (ownNumber, end) = (UInt32(own.rawValue), pair.other.rawValue)
    process = try ChildProcess.fork(waitingUntil: deadline) {
      // With this copy open, the server would not notice that the client has closed its end.
      try? closeDescriptors(ownNumber...ownNumber)
      let order = ForkServerLoop.run(OwnedDescriptor(owning: end), .template)
      return work(order.text, order.socket)
    }
    socket = own
  }

  /// Waits until a forked server runs, and returns whether it does.
  ///
  /// It does not if another thread of this process held a lock at the fork.
  func begins(until deadline: Deadline) -> Bool {
    var suspicion = ForkDeadlockDetector()
    while true {
      var ready: [UInt8] = [0]
      let next = Deadline.earlier(deadline, Deadline(after: .milliseconds(50)))
      _ = try? pollDescriptors([socket.rawValue], ready: &ready, until: next)
      if ready[0] != 0 {
        guard let message = try? WorkerMessage.receive(from: socket, mayWait: false) else { return false }
        return message.kind == .started
      }
      suspicion.note(isDeadlocked: process.isDeadlocked)
      if suspicion.isCertain || deadline.hasPassed { return false }
    }
  }

  /// Starts a worker whose end of a socket is `workerEnd`.
  ///
  /// The worker runs the named function. A template's worker runs the work that the template was
  /// forked with.
  ///
  /// - Returns: The worker's pid, its pidfd, and the socket on which the server reports how it
  ///   ended.
  /// - Throws: `EPIPE` if the server has been killed, `EAGAIN` if it could not fork.
  func start(
    _ function: String, _ workerEnd: borrowing OwnedDescriptor, until deadline: Deadline
  ) throws(SystemError) -> (
    pid: Int, handle: DescriptorBox, report: DescriptorBox
  ) {
    let report = try request(function, workerEnd)
    var ready: [UInt8] = [0]
    guard try pollDescriptors([report.descriptor.rawValue], ready: &ready, until: deadline) > 0 else {
      throw SystemError(call: "poll", code: ErrorCode.timedOut)
    }
    guard var answer = try WorkerMessage.receive(from: report.descriptor, mayWait: false) else {
      throw SystemError(call: "fork", code: ErrorCode.brokenPipe)
    }
    // The server lives, but has reached a limit of processes or descriptors.
    if answer.kind == .refusal { throw SystemError(call: "fork", code: ErrorCode.wouldBlock) }
    guard answer.kind == .forked, let pid = Int(answer.first), let handle = answer.takeDescriptor(at: 0)
    else { throw SystemError(call: "fork", code: ErrorCode.brokenPipe) }
    return (pid, DescriptorBox(handle), report)
  }

  /// Sends a request for a worker, and returns the client's end of the socket for reports.
  ///
  /// Only the server holds the other end afterwards, so the socket closes when the server ends.
  private func request(
    _ function: String, _ workerEnd: borrowing OwnedDescriptor
  ) throws(SystemError) -> DescriptorBox {
    var pair = try SocketPair()
    let parentPipe = try ParentDeathPipe.own()
    try WorkerMessage.send(
      .request, function, descriptors: [pair.other.rawValue, workerEnd.rawValue, parentPipe], over: socket)
    return DescriptorBox(pair.takeOwn())
  }
}
