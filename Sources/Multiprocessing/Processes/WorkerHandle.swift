internal import SharedArraysSystem
internal import SharedArraysTransfer

/// The process of a worker: a child of this process, or a child of the fork server.
final class WorkerHandle: @unchecked Sendable {
  // Why @unchecked: mutable state is used under the lock of the `ProcessCore` that owns this
  // object.

  let pid: Int
  private let own: OwnChild?
  /// The pidfd of the fork server's child, and the socket on which the server reports the child's
  /// end. Both are nil for a child of this process.
  private let handle: DescriptorBox?
  private let report: DescriptorBox?
  private var serverIsGone = false
  /// The most memory, in bytes, that the process used at a time. It is known when the process has
  /// ended, unless its server ended before it.
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

  /// The descriptor that is readable when the process has ended. For a child of the fork server, it
  /// is readable when the server reports the end, or when the server itself has ended.
  var pollable: CInt {
    if let own { return own.process.pollable }
    return serverIsGone ? handle!.descriptor.rawValue : report!.descriptor.rawValue
  }

  var isDeadlocked: Bool { own?.process.isDeadlocked ?? false }

  /// Whether the process has ended but the server has not reported it yet. A stopped server can
  /// delay the report for long.
  var isUntold: Bool {
    guard let handle, let report, !serverIsGone else { return false }
    return isReadable(handle.descriptor.rawValue) && !isReadable(report.descriptor.rawValue)
  }

  func signal(_ number: Int) {
    if let own { own.process.signal(number) } else if let handle { signalProcess(handle.descriptor, number) }
  }

  /// Waits for a child of this process to end, and reaps it.
  func reap() -> ProcessTermination {
    defer { mostMemory = own?.process.mostMemory }
    return own?.process.reap() ?? .unknown
  }

  /// Returns how the process ended, and reaps it; nil while it runs.
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

/// The parent's end of a worker's socket.
final class WorkerSocket: @unchecked Sendable {
  // Why @unchecked: it is used under the lock of the `ProcessCore` that owns it.

  private var box: DescriptorBox?

  init(_ descriptor: consuming OwnedDescriptor) { box = DescriptorBox(descriptor) }

  /// Returns the next message; nil if none has arrived.
  func receive() -> WorkerMessage? {
    guard let box else { return nil }
    do throws(SystemError) { return try WorkerMessage.receive(from: box.descriptor, mayWait: false) } catch {
      return nil
    }
  }

  func close() { box = nil }
}

/// A value that a worker has sent. It is kept until the caller takes it.
final class ResultSlot: @unchecked Sendable {
  // Why @unchecked: the message is taken once, under the lock of the `WorkerProcess` that takes it.

  private var message: TransferMessage?

  init(_ message: consuming TransferMessage) { self.message = consume message }

  /// Takes the message; nil if it has been taken.
  func take() -> TransferMessage? { message.take() }
}
