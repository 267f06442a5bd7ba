internal import CSharedArraysShims

/// A socket that keeps the borders of messages, and that somebody else keeps open for the time of each call.
package struct BorrowedSocket: Sendable {
  package let number: CInt

  package init(_ number: CInt) { self.number = number }

  /// How a call goes on where there is nothing to do yet.
  package enum Patience: Sendable {
    /// It fails at once, with `EAGAIN`.
    case none
    /// It waits for as long as ``setPatience(milliseconds:)`` has said, and then fails with `EAGAIN`.
    case some

    /// A wait that a signal ends counts as one that was long enough, so that signals that come all the time do not keep the
    /// caller from looking at anything else.
    fileprivate func afterSignal(_ result: Int64) -> Int64 {
      self == .some && result == -Int64(ErrorCode.interrupted) ? -Int64(ErrorCode.wouldBlock) : result
    }
  }

  /// What has come.
  package struct Arrival: Sendable {
    /// 0 if the other end is closed.
    package var byteCount: Int
    package var descriptorCount: Int
    /// Whether it had more bytes than there was room for.
    package var isCut: Bool
    /// Whether this process could not have as many descriptors as were sent.
    package var lacksDescriptors: Bool
  }

  /// Sends one message in two parts with descriptors, which stay the caller's. The corresponding C function is `sendmsg`.
  ///
  /// - Throws: `EPIPE` or `ECONNRESET` if the other end is closed, and there is no signal; `EAGAIN`; `EMSGSIZE` if the message
  ///   is too large.
  @unsafe package func send(
    _ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, descriptors: [CInt], _ patience: Patience
  ) throws(SystemError) {
    _ = try systemCall("sendmsg") {
      // SAFETY: both parts and the descriptors are there for the time of the call, with these counts.
      let sent = unsafe cshims_socket_send(
        number, head.baseAddress!, head.count, body.baseAddress, body.count, descriptors,
        CInt(descriptors.count), patience == .some ? 1 : 0)
      return patience.afterSignal(sent)
    }
  }

  /// Receives one message and its descriptors, which the caller owns. The corresponding C function is `recvmsg`.
  ///
  /// - Parameter descriptors: room for ``OwnedDescriptor/mostDescriptors``.
  /// - Throws: `EAGAIN` if there is none; `ECONNRESET`, once, if the other end was closed before it had taken all messages.
  @unsafe package func receive(
    into bytes: UnsafeMutableRawBufferPointer, descriptors: UnsafeMutablePointer<CInt>, _ patience: Patience
  ) throws(SystemError) -> Arrival {
    var (count, flags): (CInt, CInt) = (0, 0)
    let byteCount = try systemCall("recvmsg") {
      // SAFETY: the results are plain stack variables, and the caller answers for the rest.
      let received = unsafe cshims_socket_receive(
        number, bytes.baseAddress!, bytes.count, descriptors, &count, patience == .some ? 1 : 0, &flags)
      return patience.afterSignal(received)
    }
    return Arrival(
      byteCount: Int(byteCount), descriptorCount: Int(count),
      isCut: flags & CInt(CSHIMS_MESSAGE_CUT) != 0,
      lacksDescriptors: flags & CInt(CSHIMS_DESCRIPTORS_LOST) != 0)
  }

  /// Sets how long calls with ``Patience/some`` wait. The corresponding C function is `setsockopt`.
  package func setPatience(milliseconds: Int) throws(SystemError) {
    _ = try systemCall("setsockopt") { cshims_socket_set_patience(number, CInt(milliseconds)) }
  }

  /// Whether it is a local socket that keeps the borders of messages, and has another end.
  package var keepsBorders: Bool { cshims_socket_keeps_borders(number) == 1 }

  /// What a wait is for.
  package enum Readiness: Sendable {
    /// Something to receive, or the end.
    case toReceive
    /// Room to send, or the end.
    case toSend
  }

  /// Waits until a call would not have to. The corresponding C function is `poll`.
  ///
  /// - Returns: whether it is so; false at the deadline.
  package func wait(_ readiness: Readiness, until deadline: Deadline) throws(SystemError) -> Bool {
    while true {
      let isReady = try systemCall("poll") {
        // What is left is asked anew after each signal, of which there may be many.
        cshims_socket_wait(number, readiness == .toSend ? 1 : 0, deadline.milliseconds)
      }
      if isReady > 0 { return true }
      // What is left may be more than a number of milliseconds can say.
      if deadline.hasPassed { return false }
    }
  }

  /// The user and the process at the other end. The corresponding C function is `getsockopt` with `SO_PEERCRED`.
  package func peer() throws(SystemError) -> (user: UInt32, pid: Int) {
    var user: UInt32 = 0
    var pid: CInt = 0
    // SAFETY: both results are plain stack variables.
    _ = try systemCall("getsockopt") { unsafe cshims_socket_peer(number, &user, &pid) }
    return (user, Int(pid))
  }

  /// The next connection to this listener. The corresponding C function is `accept4`.
  ///
  /// - Throws: `EAGAIN` if nobody is there.
  package func accept() throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("accept4") { cshims_socket_accept(number) })
  }

  /// Whether the other end is closed and has left nothing. The corresponding C function is `recv` with `MSG_PEEK`.
  package var hasGone: Bool { cshims_socket_has_gone(number) == 1 }
}

// MARK: - Paths

extension OwnedDescriptor {
  /// The most bytes of a path at which a socket can listen.
  package static let longestSocketPath = Int(CSHIMS_LONGEST_SOCKET_PATH)

  /// Listens at a path for this user alone. The corresponding C functions are `bind` and `listen`.
  ///
  /// - Throws: `EADDRINUSE` if there is something at the path.
  package static func listener(at path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("bind") { unsafe cshims_socket_listen(path) })
  }

  /// Connects to a listener. The corresponding C function is `connect`.
  ///
  /// - Throws: `ECONNREFUSED` if nobody listens there any more, `EAGAIN` if too many others wait.
  package static func connected(to path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("connect") { unsafe cshims_socket_connect(path) })
  }

  /// Opens a directory. The corresponding C function is `open`.
  package static func directory(_ path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open") { unsafe cshims_open_directory(path) })
  }

  /// The status of a name in this directory, not through a symbolic link. The corresponding C function is `fstatat`.
  package func status(of name: String) throws(SystemError) -> FileStatus {
    var status = cshims_file_status()
    _ = try systemCall("fstatat") { unsafe cshims_status_in(rawValue, name, &status) }
    return FileStatus(status)
  }

  /// Removes a name from this directory. The corresponding C function is `unlinkat`.
  package func remove(_ name: String) throws(SystemError) {
    _ = try systemCall("unlinkat") { unsafe cshims_remove_in(rawValue, name) }
  }

  /// Gives up a lock, also for the processes that have inherited this descriptor. The corresponding C function is `flock`.
  package func unlock() { _ = cshims_unlock(rawValue) }
}

// MARK: - Contents that never change

extension OwnedDescriptor {
  /// Forbids any later change of size and bytes, by anyone. The corresponding C function is `fcntl` with `F_ADD_SEALS`.
  package func sealContents() throws(SystemError) {
    _ = try systemCall("fcntl(F_ADD_SEALS)") { cshims_seal_contents(rawValue) }
  }

  /// Whether it is memory that nobody can change any more. The corresponding C function is `fcntl` with `F_GET_SEALS`.
  package var isUnchangeable: Bool { cshims_is_unchangeable(rawValue) == 1 }
}
