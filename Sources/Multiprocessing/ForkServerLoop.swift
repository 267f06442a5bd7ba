internal import SharedMemory
internal import SystemLayer

/// What the fork server does: it forks workers for one client, and tells it how they ended.
///
/// It has one thread and nothing of the client's memory. For each worker the client sends three descriptors: the worker's
/// end of its socket, the client's life line, and the end of a socket over which the server tells the worker's pid and, at
/// last, its end.
///
/// Surviving death: the server dies with its client, and so does each worker, by the client's life line and not by the
/// server's: a server that is killed leaves its workers alone, and the client learns from a closed socket that it has to
/// start another one and to ask the kernel about the old one's workers.
enum ForkServerLoop {
  static func run(_ requests: consuming OwnedDescriptor) -> Never {
    WorkerLife.rehearsal
    guard let signals = try? childrenDescriptor() else { exitWorker(1) }
    var reports: [Int: DescriptorBox] = [:]
    while true {
      var ready: [UInt8] = [0, 0]
      _ = try? pollDescriptors(
        [requests.rawValue, signals.rawValue], ready: &ready, until: Deadline(after: nil))
      if ready[1] != 0 { tellEnds(&reports, signals) }
      if ready[0] == 0 { continue }
      // Nil here means that the client has closed its end.
      guard var request = try? WorkerMessage.receive(from: requests, mayWait: false),
        request.kind == .request,
        let socket = request.takeDescriptor(at: 0), let lifeLine = request.takeDescriptor(at: 1),
        let report = request.takeDescriptor(at: 2)
      else { exitWorker(0) }
      // What the runtime finds out about the type here, once, every worker would have to find out again.
      _ = WorkerLife.function(named: request.first)
      guard let pid = try? forkFromServer(socket: socket.rawValue, lifeLine: lifeLine.rawValue) else {
        try? WorkerMessage.send(.refusal, "the fork server could not fork", over: report)
        continue
      }
      if pid == 0 { WorkerLife.serve(OwnedDescriptor(owning: 3)) }
      guard let handle = try? processHandle(pid) else { continue }
      try? WorkerMessage.send(.forked, String(pid), descriptors: [handle.rawValue], over: report)
      reports[pid] = DescriptorBox(report)
    }
  }

  private static func tellEnds(_ reports: inout [Int: DescriptorBox], _ signals: borrowing OwnedDescriptor) {
    drain(signals)
    while let (pid, kind, status) = reapAnyChild() {
      guard let report = reports.removeValue(forKey: pid) else { continue }
      try? WorkerMessage.send(.ended, String(kind), String(status), over: report.descriptor)
    }
  }
}

/// A descriptor where only what can be copied may stand.
final class DescriptorBox: Sendable {
  let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}
