internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The descriptor of an end. It is closed once: at `close()`, or when the last call that uses it
/// has ended, if that is later. A call can therefore never find another file under its number.
///
/// Crash safety: the state is private memory. A forked child has the same descriptor and no calls
/// in progress, whatever its parent's threads were doing, so the first use in the child starts a
/// new count.
final class ConnectionEnd: Sendable {
  private let descriptor: CInt
  /// The lowest bit: whether the end is closed. The next 31 bits: the number of calls that use it.
  /// The upper half: the process that counts.
  private let state: Atomic<UInt64>

  /// The time in milliseconds after which a call that waits in the kernel checks whether the end
  /// has been closed.
  static let patience = 200

  private static let closedBit: UInt64 = 1
  private static let oneUse: UInt64 = 2
  private static let usesMask: UInt64 = 0xffff_fffe

  init(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor.release()
    state = Atomic(Self.process)
  }

  deinit { close() }

  private static var process: UInt64 { ForkCounters.generation << 32 }

  /// Returns the state as it applies to this process.
  private static func current(_ word: UInt64) -> UInt64 {
    (word >> 32) << 32 == process ? word : process | (word & closedBit)
  }

  var isClosed: Bool { state.load(ordering: .relaxed) & Self.closedBit != 0 }

  /// The descriptor for `poll`; -1 if the end is closed.
  var number: CInt { isClosed ? -1 : descriptor }

  /// Begins a call. The caller then calls ``endUse()``.
  ///
  /// - Throws: `closed`.
  @inline(__always)
  func beginUse() throws(ConnectionError) -> BorrowedSocket {
    var word = state.load(ordering: .relaxed)
    while true {
      let now = Self.current(word)
      if now & Self.closedBit != 0 { throw ConnectionError(.closed) }
      let (done, found) = state.compareExchange(
        expected: word, desired: now + Self.oneUse, ordering: .acquiring)
      if done { return BorrowedSocket(descriptor) }
      word = found
    }
  }

  @inline(__always)
  func endUse() {
    let word = state.subtract(Self.oneUse, ordering: .acquiringAndReleasing).newValue
    if word & (Self.closedBit | Self.usesMask) == Self.closedBit { closeDescriptor() }
  }

  func close() {
    var word = state.load(ordering: .relaxed)
    while true {
      let now = Self.current(word)
      if now & Self.closedBit != 0 { return }
      let (done, found) = state.compareExchange(
        expected: word, desired: now | Self.closedBit, ordering: .acquiringAndReleasing)
      if done {
        if now & Self.usesMask == 0 { closeDescriptor() }
        return
      }
      word = found
    }
  }

  /// Waits in steps, and checks between them whether the end has been closed.
  ///
  /// - Returns: False at the deadline.
  /// - Throws: `closed`, `system`.
  func wait(
    _ socket: BorrowedSocket, _ readiness: BorrowedSocket.Readiness, until deadline: Deadline
  ) throws(ConnectionError) -> Bool {
    while true {
      let next = Deadline.earlier(deadline, Deadline(after: .milliseconds(Self.patience)))
      do throws(SystemError) {
        if try socket.wait(readiness, until: next) { return true }
      } catch { throw ConnectionError(.system, underlying: error) }
      if isClosed { throw ConnectionError(.closed) }
      if deadline.hasPassed { return false }
    }
  }

  private func closeDescriptor() { _ = OwnedDescriptor(owning: descriptor) }
}
