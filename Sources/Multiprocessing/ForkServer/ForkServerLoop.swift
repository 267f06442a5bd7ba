internal import SharedArraysMemory
internal import SharedArraysSystem

/// The loop of a fork server, which forks workers for one client and reports how they ended.
///
/// The server has one thread. It has none of the client's memory, except that a template has the
/// client's memory as of the fork. For each worker the client sends three descriptors: the end of a
/// socket on which the server reports the worker's pid and, at last, its end; the worker's end of
/// its own socket; and the read end of the client's parent-death pipe.
///
/// Crash safety: the server and each worker die with the client, because both are tied to the
/// client's parent-death pipe. No worker is tied to the server's, so a server that is killed leaves
/// its workers alone. The client then finds the socket closed, starts another server, and asks the
/// kernel about the old server's workers.
enum ForkServerLoop {
  /// The origin of the workers.
  enum Source {
    /// A newly started program. Its workers find their function by its name.
    case program
    /// A fork of the client. Its workers run the work that it was forked with.
    case template
  }

  /// The number and the socket that a worker of a template continues with.
  struct Order: ~Copyable {
    let text: String
    let socket: OwnedDescriptor
  }

  /// Serves until the client closes its end. Returns only in a worker of a template.
  static func run(_ requests: consuming OwnedDescriptor, _ source: Source) -> Order {
    WorkerLife.rehearsal
    guard let signals = try? childrenDescriptor() else { exitWorker(1) }
    var reports: [Int: DescriptorBox] = [:]
    if case .template = source { try? WorkerMessage.send(.started, over: requests) }
    while true {
      var ready: [UInt8] = [0, 0]
      _ = try? pollDescriptors(
        [requests.rawValue, signals.rawValue], ready: &ready, until: Deadline(after: nil))
      if ready[1] != 0 { tellEnds(&reports, signals) }
      if ready[0] == 0 { continue }
      // Nil means that the client has closed its end.
      guard var request = try? WorkerMessage.receive(from: requests, mayWait: false), request.kind == .request
      else { exitWorker(0) }
      // If this process lacked room for all descriptors, it received the first ones.
      guard let report = request.takeDescriptor(at: 0) else { continue }
      guard let socket = request.takeDescriptor(at: 1), let parentPipe = request.takeDescriptor(at: 2) else {
        try? WorkerMessage.send(.refusal, "the fork server has no descriptor left", over: report)
        continue
      }
      guard let pid = fork(source, request.first, socket.rawValue, parentPipe.rawValue) else {
        try? WorkerMessage.send(.refusal, "the fork server could not fork", over: report)
        continue
      }
      if pid == 0 { return Order(text: request.first, socket: socket) }
      guard let handle = try? processHandle(pid) else {
        // Without a pidfd the client could neither wait for the worker nor end it.
        killChild(pid)
        try? WorkerMessage.send(.refusal, "the fork server has no descriptor left", over: report)
        continue
      }
      try? WorkerMessage.send(.forked, String(pid), descriptors: [handle.rawValue], over: report)
      reports[pid] = DescriptorBox(report)
    }
  }

  /// Forks a worker and returns its pid; 0 in a worker of a template, nil if the fork failed.
  private static func fork(_ source: Source, _ text: String, _ socket: CInt, _ parentPipe: CInt) -> Int? {
    if case .template = source { return try? forkFromTemplate(parentPipe: parentPipe) }
    // Each worker inherits the runtime's cached lookup of the type, and need not repeat it.
    _ = WorkerLife.function(named: text)
    let pid = try? forkFromServer(socket: socket, parentPipe: parentPipe)
    if pid == 0 { WorkerLife.serve(OwnedDescriptor(owning: 3)) }
    return pid
  }

  private static func tellEnds(_ reports: inout [Int: DescriptorBox], _ signals: borrowing OwnedDescriptor) {
    drain(signals)
    while let (pid, kind, status, mostMemory) = reapAnyChild() {
      guard let report = reports.removeValue(forKey: pid) else { continue }
      try? WorkerMessage.send(
        .ended, "\(kind) \(status)", String(mostMemory), over: report.descriptor)
    }
  }
}

/// A copyable reference to a descriptor.
final class DescriptorBox: Sendable {
  let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}
