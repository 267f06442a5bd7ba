internal import CSharedArraysShims

/// A socket that preserves message boundaries. Its owner keeps it open for the duration of each
/// call.
package struct BorrowedSocket: Sendable {
  package let number: CInt

  package init(_ number: CInt) { self.number = number }

  /// The behavior of a call that cannot proceed yet.
  package enum Patience: Sendable {
    /// The call fails at once, with `EAGAIN`.
    case none
    /// The call waits for the time set by ``setPatience(milliseconds:)``, and then fails with
    /// `EAGAIN`.
    case some

    /// Treats a wait that a signal ends like one that timed out, so that a stream of signals does
    /// not keep the caller from checking anything else.
    fileprivate func afterSignal(_ result: Int64) -> Int64 {
      self == .some && result == -Int64(ErrorCode.interrupted) ? -Int64(ErrorCode.wouldBlock) : result
    }
  }

  /// A received message.
  package struct Arrival: Sendable {
    /// The number of bytes, 0 if the other end is closed.
    package var byteCount: Int
    package var descriptorCount: Int
    /// Whether the message had more bytes than fit.
    package var isCut: Bool
    /// Whether this process could not receive all descriptors that were sent.
    package var lacksDescriptors: Bool
  }

  /// Sends one message in two parts, with descriptors, which the caller keeps. The corresponding C
  /// function is `sendmsg`.
  ///
  /// - Throws: `EPIPE` or `ECONNRESET` if the other end is closed, without a signal; `EAGAIN`;
  ///   `EMSGSIZE` if the message is too large.
  @unsafe package func send(
    _ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, descriptors: [CInt], _ patience: Patience
  ) throws(SystemError) {
    _ = try systemCall("sendmsg") {
      // SAFETY: both parts and the descriptors outlive the call and have these counts.
      let sent = unsafe cshims_socket_send(
        number, head.baseAddress!, head.count, body.baseAddress, body.count, descriptors,
        CInt(descriptors.count), patience == .some ? 1 : 0)
      return patience.afterSignal(sent)
    }
  }

  /// Receives one message and its descriptors, which the caller owns. The corresponding C function
  /// is `recvmsg`.
  ///
  /// - Parameter descriptors: The buffer for up to ``OwnedDescriptor/mostDescriptors`` descriptors.
  /// - Throws: `EAGAIN` if no message is available; `ECONNRESET`, once, if the other end was closed
  ///   before it had received all messages.
  @unsafe package func receive(
    into bytes: UnsafeMutableRawBufferPointer, descriptors: UnsafeMutablePointer<CInt>, _ patience: Patience
  ) throws(SystemError) -> Arrival {
    var (count, flags): (CInt, CInt) = (0, 0)
    let byteCount = try systemCall("recvmsg") {
      // SAFETY: `count` and `flags` are plain stack variables; the caller guarantees the size of
      // the other buffers.
      let received = unsafe cshims_socket_receive(
        number, bytes.baseAddress!, bytes.count, descriptors, &count, patience == .some ? 1 : 0, &flags)
      return patience.afterSignal(received)
    }
    return Arrival(
      byteCount: Int(byteCount), descriptorCount: Int(count),
      isCut: flags & CInt(CSHIMS_MESSAGE_CUT) != 0,
      lacksDescriptors: flags & CInt(CSHIMS_DESCRIPTORS_LOST) != 0)
  }

  /// Sets the time that calls with ``Patience/some`` wait. The corresponding C function is
  /// `setsockopt`.
  package func setPatience(milliseconds: Int) throws(SystemError) {
    _ = try systemCall("setsockopt") { cshims_socket_set_patience(number, CInt(milliseconds)) }
  }

  /// Whether the descriptor is a connected local socket that preserves message boundaries.
  package var keepsBorders: Bool { cshims_socket_keeps_borders(number) == 1 }

  /// The condition that a wait is for.
  package enum Readiness: Sendable {
    /// A message to receive, or the end.
    case toReceive
    /// Room to send, or the end.
    case toSend
  }

  /// Waits until a call can proceed without waiting. The corresponding C function is `poll`.
  ///
  /// - Returns: Whether a call can proceed; false at the deadline.
  package func wait(_ readiness: Readiness, until deadline: Deadline) throws(SystemError) -> Bool {
    while true {
      let isReady = try systemCall("poll") {
        // The remaining time is computed again after each signal.
        cshims_socket_wait(number, readiness == .toSend ? 1 : 0, deadline.milliseconds)
      }
      if isReady > 0 { return true }
      // The remaining time might exceed the largest timeout of `poll`.
      if deadline.hasPassed { return false }
    }
  }

  /// Returns the user and the process at the other end. The corresponding C function is
  /// `getsockopt` with `SO_PEERCRED`.
  package func peer() throws(SystemError) -> (user: UInt32, pid: Int) {
    var user: UInt32 = 0
    var pid: CInt = 0
    // SAFETY: both results are plain stack variables.
    _ = try systemCall("getsockopt") { unsafe cshims_socket_peer(number, &user, &pid) }
    return (user, Int(pid))
  }

  /// Accepts the next connection to this listener. The corresponding C function is `accept4`.
  ///
  /// - Throws: `EAGAIN` if no connection is pending.
  package func accept() throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("accept4") { cshims_socket_accept(number) })
  }

  /// Whether the other end is closed and no message is left. The corresponding C function is `recv`
  /// with `MSG_PEEK`.
  package var hasGone: Bool { cshims_socket_has_gone(number) == 1 }
}

// MARK: - Paths

extension OwnedDescriptor {
  /// The maximum number of bytes of a path at which a socket can listen.
  package static let longestSocketPath = Int(CSHIMS_LONGEST_SOCKET_PATH)

  /// Listens at a path for this user alone. The corresponding C functions are `bind` and `listen`.
  ///
  /// - Throws: `EADDRINUSE` if the path exists.
  package static func listener(at path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("bind") { unsafe cshims_socket_listen(path) })
  }

  /// Connects to a listener. The corresponding C function is `connect`.
  ///
  /// - Throws: `ECONNREFUSED` if no process listens there any more, `EAGAIN` if the listener's
  ///   backlog is full.
  package static func connected(to path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("connect") { unsafe cshims_socket_connect(path) })
  }

  /// Opens a directory. The corresponding C function is `open`.
  package static func directory(_ path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open") { unsafe cshims_open_directory(path) })
  }

  /// Returns the status of a name in this directory, without following a symbolic link. The
  /// corresponding C function is `fstatat`.
  package func status(of name: String) throws(SystemError) -> FileStatus {
    var status = cshims_file_status()
    _ = try systemCall("fstatat") { unsafe cshims_status_in(rawValue, name, &status) }
    return FileStatus(status)
  }

  /// Removes a name from this directory. The corresponding C function is `unlinkat`.
  package func remove(_ name: String) throws(SystemError) {
    _ = try systemCall("unlinkat") { unsafe cshims_remove_in(rawValue, name) }
  }

  /// Releases a lock, also for the processes that have inherited this descriptor. The corresponding
  /// C function is `flock`.
  package func unlock() { _ = cshims_unlock(rawValue) }
}

// MARK: - Contents that never change

extension OwnedDescriptor {
  /// Seals size and bytes against any later change by any process. The corresponding C function is
  /// `fcntl` with `F_ADD_SEALS`.
  package func sealContents() throws(SystemError) {
    _ = try systemCall("fcntl(F_ADD_SEALS)") { cshims_seal_contents(rawValue) }
  }

  /// Whether the descriptor is memory that no process can change any more. The corresponding C
  /// function is `fcntl` with `F_GET_SEALS`.
  package var isUnchangeable: Bool { cshims_is_unchangeable(rawValue) == 1 }
}
