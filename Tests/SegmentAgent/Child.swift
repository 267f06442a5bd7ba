import SharedArraysSystem

/// A forked child that can be kept in an array.
final class Child {
  private var process: ChildProcess

  init(_ body: () -> CInt) throws {
    process = try ChildProcess.fork(waitingUntil: Deadline(after: .seconds(10)), body)
  }

  func kill() { process.kill() }
  func reap() -> ProcessTermination { process.reap() }

  /// Whether the child has ended. Does not wait.
  var hasEnded: Bool {
    var ready: [UInt8] = [0]
    return (try? pollDescriptors([process.pollable], ready: &ready, until: Deadline(after: .zero))) == 1
  }
}
