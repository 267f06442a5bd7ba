internal import SharedArraysSystem
internal import Synchronization

/// A place in the file system at which unrelated processes of the same user meet.
///
///     let listener = try ConnectionListener(path: "/tmp/meeting-\(CurrentProcess.pid).socket")
///     let worker = try WorkerProcess<Int>.start { [path = listener.path] in
///       try Connection.connect(path: path, timeout: .seconds(5)).receive(Int.self)
///     }
///     let connection = try listener.accept(timeout: .seconds(5))
///     try connection.send(42)
///     print(try worker.result())                                // 42
///     listener.close()
///
/// The file has mode 0600. Processes of another user, the superuser included, are refused on both sides; processes of the same user
/// are not told apart, and may send anything: what they send is checked when it is received.
///
/// The file of a listener that was killed is replaced by the next one at the same path; that of one that lives is not. A forked
/// worker inherits the listener: the place is taken until the worker has closed it, too, or has ended.
public final class ConnectionListener: Sendable {
  /// Where it listens.
  public let path: String
  let end: ConnectionEnd
  private let file: ListenerFile
  private let isFileRemoved = Atomic<Bool>(false)
  private let generation = ForkHistory.generation

  /// Listens at a path.
  ///
  /// - Parameter path: at most 107 bytes, in a directory that is there and can be written to. What it leads to is found by other
  ///   processes as long as they see the same file system.
  /// - Throws: ``ConnectionError`` with code `alreadyExists` if a process listens there, or something that is no socket is there;
  ///   `invalidPath`, `system`.
  /// - Complexity: some system calls.
  public init(path: String) throws(ConnectionError) {
    var socket: OwnedDescriptor?
    file = try ListenerFile.create(at: SocketPath(path), &socket)
    self.path = path
    end = ConnectionEnd(socket.take()!)
  }

  deinit { close() }

  /// Waits for a process that connects.
  ///
  ///     let listener = try ConnectionListener(path: "/tmp/quiet-\(CurrentProcess.pid).socket")
  ///     do { _ = try listener.accept(timeout: .milliseconds(10)) } catch { print(error.code == .timedOut) }
  ///     listener.close()
  ///
  /// Those that have gone away again meanwhile are passed over.
  ///
  /// - Parameter timeout: how long to wait; 0 or less tries, nil waits for ever.
  /// - Throws: ``ConnectionError`` with code `foreignUser` if a process of another user has come, which is refused, and the
  ///   listener goes on; `timedOut`, `closed`; `system`, for example if this process has too many files open.
  public func accept(timeout: Duration? = nil) throws(ConnectionError) -> Connection {
    let listener = try end.beginUse()
    defer { end.endUse() }
    let deadline = Deadline(after: timeout)
    while true {
      if let socket = try next(listener), !BorrowedSocket(socket.rawValue).hasGone {
        return Connection(try ConnectionCore.checkingUser(of: socket))
      }
      if end.isClosed { throw ConnectionError(.closed) }
      guard try end.wait(listener, .toReceive, until: deadline) else {
        throw ConnectionError(.timedOut, path.debugDescription)
      }
    }
  }

  /// - Returns: nil if nobody is there.
  private func next(_ listener: BorrowedSocket) throws(ConnectionError) -> OwnedDescriptor? {
    do throws(SystemError) { return try listener.accept() } catch {
      if [ErrorCode.wouldBlock, ErrorCode.connectionAborted].contains(error.code) { return nil }
      throw ConnectionError(.system, path.debugDescription, underlying: error)
    }
  }

  /// Whether this process, or the one it was forked from before that, has closed it.
  public var isClosed: Bool { end.isClosed }

  /// Closes the listener in this process and removes its file, if this process made it and no other listener has taken its place.
  ///
  /// Connections that were accepted go on; those that wait to be accepted end.
  public func close() {
    if generation == ForkHistory.generation, !isFileRemoved.exchange(true, ordering: .relaxed) {
      file.remove()
    }
    end.close()
  }
}
