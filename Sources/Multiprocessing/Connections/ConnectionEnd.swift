internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// The descriptor of an end, which is closed once: at `close()` or later, when the last call that uses it has ended, so that no
/// call finds another file under its number.
///
/// Surviving death: the state is private memory. A forked child has the number too and no calls under way, whatever its parent's
/// threads were doing: the first use there begins to count anew.
final class ConnectionEnd: Sendable {
  private let descriptor: CInt
  /// The lowest bit: whether it is closed. Then 31 bits: how many calls use it. The upper half: the process that counts.
  private let state: Atomic<UInt64>

  /// How many milliseconds a call that waits for ever sleeps in the kernel before it looks whether the end has been closed
  /// meanwhile.
  static let patience = 200

  private static let closedBit: UInt64 = 1
  private static let oneUse: UInt64 = 2
  private static let usesMask: UInt64 = 0xffff_fffe

  init(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor.release()
    state = Atomic(Self.process)
  }

  deinit { close() }

  private static var process: UInt64 { ForkHistory.generation << 32 }

  /// What the state means in this process.
  private static func current(_ word: UInt64) -> UInt64 {
    (word >> 32) << 32 == process ? word : process | (word & closedBit)
  }

  var isClosed: Bool { state.load(ordering: .relaxed) & Self.closedBit != 0 }

  /// The number for `poll`; -1 if it is closed.
  var number: CInt { isClosed ? -1 : descriptor }

  /// Begins a call; ``endUse()`` follows.
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

  /// Waits in steps, between which it looks whether it has been closed meanwhile.
  ///
  /// - Returns: false at the deadline.
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
