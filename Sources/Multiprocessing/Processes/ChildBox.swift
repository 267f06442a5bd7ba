internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The process of a worker: a child of this process, or one of the fork server's.
final class ChildBox: @unchecked Sendable {
  // Why @unchecked: what changes is used under the lock of the `ProcessCore` that owns this.

  let pid: Int
  private let own: OwnChild?
  /// Of the server's child, a handle, and the socket over which the server tells its end.
  private let handle: DescriptorBox?
  private let report: DescriptorBox?
  private var serverIsGone = false
  /// Bytes of memory that it had at most at a time, known when it has ended; not if its server ended before.
  private(set) var mostMemory: Int?

  private final class OwnChild {
    var process: ChildProcess

    init(_ process: consuming ChildProcess) { self.process = process }
  }

  init(_ child: consuming ChildProcess) {
    pid = child.pid
    own = OwnChild(child)
    handle = nil
    report = nil
  }

  init(pid: Int, handle: DescriptorBox, report: DescriptorBox) {
    self.pid = pid
    own = nil
    self.handle = handle
    self.report = report
  }

  /// Readable when the process has ended; of the server's children, when the server says so or has ended itself.
  var pollable: CInt {
    if let own { return own.process.pollable }
    return serverIsGone ? handle!.descriptor.rawValue : report!.descriptor.rawValue
  }

  var isDeadlocked: Bool { own?.process.isDeadlocked ?? false }

  /// Whether it has ended, but the server has not said so yet: for long, if that is stopped.
  var isUntold: Bool {
    guard let handle, let report, !serverIsGone else { return false }
    return isReadable(handle.descriptor.rawValue) && !isReadable(report.descriptor.rawValue)
  }

  func signal(_ number: Int) {
    if let own { own.process.signal(number) } else if let handle { signalProcess(handle.descriptor, number) }
  }

  /// Waits for the end of a child of this process.
  func reap() -> ProcessTermination {
    defer { mostMemory = own?.process.mostMemory }
    return own?.process.reap() ?? .unknown
  }

  /// How it ended, reaped; nil if it runs.
  func terminationIfEnded() -> ProcessTermination? {
    guard let handle, let report else { return isReadable(pollable) ? reap() : nil }
    if !serverIsGone {
      guard isReadable(report.descriptor.rawValue) else { return nil }
      if let ended = (try? WorkerMessage.receive(from: report.descriptor, mayWait: false)),
        ended.kind == .ended
      {
        let numbers = ended.first.split(separator: " ").map { CInt($0) ?? -1 }
        mostMemory = Int(ended.second).flatMap { $0 > 0 ? $0 : nil }
        return ProcessTermination(kind: numbers.first ?? -1, status: numbers.last ?? 0)
      }
      serverIsGone = true
    }
    return isReadable(handle.descriptor.rawValue) ? terminationOfStranger(handle.descriptor) : nil
  }

  private func isReadable(_ descriptor: CInt) -> Bool {
    var ready: [UInt8] = [0]
    return (try? pollDescriptors([descriptor], ready: &ready, until: Deadline(after: .zero))) == 1
  }
}

/// A worker's end of a socket, as its parent has it.
final class WorkerSocket: @unchecked Sendable {
  // Why @unchecked: used under the lock of the `ProcessCore` that owns this.

  private var box: DescriptorBox?

  init(_ descriptor: consuming OwnedDescriptor) { box = DescriptorBox(descriptor) }

  /// The next message; nil if there is none.
  func receive() -> WorkerMessage? {
    guard let box else { return nil }
    do throws(SystemError) { return try WorkerMessage.receive(from: box.descriptor, mayWait: false) } catch {
      return nil
    }
  }

  func close() { box = nil }
}

/// A value that a worker has sent, until somebody asks for it.
final class AnswerBox: @unchecked Sendable {
  // Why @unchecked: taken once, under the lock of the `WorkerProcess` that asks.

  private var message: TransferMessage?

  init(_ message: consuming TransferMessage) { self.message = consume message }

  /// Takes the message; nil if it has been taken.
  func take() -> TransferMessage? { message.take() }
}
