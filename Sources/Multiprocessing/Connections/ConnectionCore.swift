internal import SharedArraysSystem
public import SharedArraysTransfer

/// One end of a connection: its socket, and memory that its messages use one after another.
///
/// Crash safety: one `sendmsg` passes a message to the kernel, and one `recvmsg` takes it. A sender
/// that is killed at any instant has sent all of a message or nothing of it. A memory object that
/// it had prepared is released with it. A receiver that is killed has taken all of a message or
/// nothing of it. A message that it had taken is lost with it. The kernel closes the ends of a
/// process that dies, and the survivor's calls then return at once.
@usableFromInline
final class ConnectionCore: Sendable {
  let end: ConnectionEnd
  let directions: Directions
  @usableFromInline let spareSink = SinkCache()
  let spareRoom = BufferCache()
  let spareArena = SpareArena()
  let spareCopy = SpareCopy()

  /// The directions of an end.
  struct Directions: OptionSet, Sendable {
    let rawValue: UInt8
    static let receiving = Directions(rawValue: 1)
    static let sending = Directions(rawValue: 2)
    static let both: Directions = [.receiving, .sending]
  }

  init(_ socket: consuming OwnedDescriptor, _ directions: Directions) throws(ConnectionError) {
    do throws(SystemError) {
      try BorrowedSocket(socket.rawValue).setPatience(milliseconds: ConnectionEnd.patience)
    } catch { throw ConnectionError(.system, underlying: error) }
    end = ConnectionEnd(socket)
    self.directions = directions
  }

  static func pair(
    _ first: Directions, _ second: Directions
  ) throws(ConnectionError) -> (ConnectionCore, ConnectionCore) {
    let own: OwnedDescriptor
    let other: OwnedDescriptor
    do throws(SystemError) {
      var pair = try SocketPair()
      own = pair.takeOwn()
      other = pair.takeOther()
    } catch { throw ConnectionError(.system, underlying: error) }
    return (try ConnectionCore(own, first), try ConnectionCore(other, second))
  }

  // MARK: Waiting

  /// Waits until something can be received.
  func poll(until deadline: Deadline) throws(ConnectionError) -> Bool {
    guard directions.contains(.receiving) else { throw ConnectionError(.wrongDirection) }
    let socket = try end.beginUse()
    defer { end.endUse() }
    return try end.wait(socket, .toReceive, until: deadline)
  }

  /// Repeats a call until it no longer fails because no message is available or the socket is full.
  @inline(__always)
  func whenReady<Result>(
    _ readiness: BorrowedSocket.Readiness, timeout: Duration?, deadline known: Deadline? = nil,
    _ call: (BorrowedSocket, BorrowedSocket.Patience) throws(SystemError) -> Result,
    failing error: (SystemError) -> ConnectionError?
  ) throws(ConnectionError) -> Result {
    let socket = try end.beginUse()
    defer { end.endUse() }
    // The clock is read only if the call has to wait.
    var deadline = known
    while true {
      do throws(SystemError) { return try call(socket, timeout == nil ? .some : .none) } catch let failure {
        if failure.code != ErrorCode.wouldBlock {
          if let error = error(failure) { throw error }
          continue
        }
      }
      if end.isClosed { throw ConnectionError(.closed) }
      let limit = deadline ?? Deadline(after: timeout)
      deadline = limit
      if limit.hasPassed { throw ConnectionError(.timedOut) }
      // Another process may have made the descriptor non-blocking. The call then waits here.
      guard try end.wait(socket, readiness, until: limit) else { throw ConnectionError(.timedOut) }
    }
  }
}
