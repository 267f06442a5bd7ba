internal import SharedMemory
internal import SystemLayer

/// The client's side of the fork server.
///
/// Surviving death: a server that has been killed is noticed when it is asked for the next worker, and another one takes its
/// place.
final class ForkServer: Sendable {
  private let process: ChildProcess
  private let socket: OwnedDescriptor

  var pid: Int { process.pid }

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

  /// Starts a worker whose end of a socket is `workerEnd`, and which is going to run a function.
  ///
  /// - Returns: its pid, a handle of it, and the socket over which the server tells how it ended.
  /// - Throws: `EPIPE` if the server has been killed.
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
    guard var answer = try WorkerMessage.receive(from: report.descriptor, mayWait: false),
      answer.kind == .forked,
      let pid = Int(answer.first), let handle = answer.takeDescriptor(at: 0)
    else { throw SystemError(call: "fork", code: ErrorCode.brokenPipe) }
    return (pid, DescriptorBox(handle), report)
  }

  /// The other end of the result belongs to the server alone afterwards, so that its closing tells of the server's end.
  private func request(
    _ function: String, _ workerEnd: borrowing OwnedDescriptor
  ) throws(SystemError) -> DescriptorBox {
    var pair = try SocketPair()
    let lifeLine = try LifeLine.own()
    try WorkerMessage.send(
      .request, function, descriptors: [workerEnd.rawValue, lifeLine, pair.other.rawValue], over: socket)
    return DescriptorBox(pair.takeOwn())
  }
}
