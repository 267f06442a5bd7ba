internal import SharedArraysMemory
internal import SharedArraysSystem

/// What a fork server does: it forks workers for one client, and tells it how they ended.
///
/// It has one thread, and nothing of the client's memory or, as a template, what that was when it was forked. For each worker the client sends three descriptors: the
/// end of a socket over which the server tells the worker's pid and, at last, its end; the worker's end of its socket; and the
/// client's life line.
///
/// Surviving death: the server dies with its client, and so does each worker, by the client's life line and not by the
/// server's: a server that is killed leaves its workers alone, and the client learns from a closed socket that it has to
/// start another one and to ask the kernel about the old one's workers.
enum ForkServerLoop {
  /// Where the workers come from.
  enum Source {
    /// A program that was started anew: its workers find what to do by its name.
    case program
    /// A fork of the client: its workers run what it was forked with.
    case template
  }

  /// What a worker of a template goes on with.
  struct Order: ~Copyable {
    let text: String
    let socket: OwnedDescriptor
  }

  /// Serves until the client closes its end; goes on in a worker of a template only.
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
      // Nil here means that the client has closed its end.
      guard var request = try? WorkerMessage.receive(from: requests, mayWait: false), request.kind == .request
      else { exitWorker(0) }
      // Where not all descriptors had room, the first ones did.
      guard let report = request.takeDescriptor(at: 0) else { continue }
      guard let socket = request.takeDescriptor(at: 1), let lifeLine = request.takeDescriptor(at: 2) else {
        try? WorkerMessage.send(.refusal, "the fork server has no descriptor left", over: report)
        continue
      }
      guard let pid = fork(source, request.first, socket.rawValue, lifeLine.rawValue) else {
        try? WorkerMessage.send(.refusal, "the fork server could not fork", over: report)
        continue
      }
      if pid == 0 { return Order(text: request.first, socket: socket) }
      guard let handle = try? processHandle(pid) else {
        // Without a handle the client could neither wait for it nor end it.
        killChild(pid)
        try? WorkerMessage.send(.refusal, "the fork server has no descriptor left", over: report)
        continue
      }
      try? WorkerMessage.send(.forked, String(pid), descriptors: [handle.rawValue], over: report)
      reports[pid] = DescriptorBox(report)
    }
  }

  /// The pid of a worker, 0 in that of a template; nil if none could be forked.
  private static func fork(_ source: Source, _ text: String, _ socket: CInt, _ lifeLine: CInt) -> Int? {
    if case .template = source { return try? forkFromTemplate(lifeLine: lifeLine) }
    // What the runtime finds out about the type here, once, every worker would have to find out again.
    _ = WorkerLife.function(named: text)
    let pid = try? forkFromServer(socket: socket, lifeLine: lifeLine)
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

/// A descriptor where only what can be copied may stand.
final class DescriptorBox: Sendable {
  let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}
