internal import SharedArraysSystem
internal import Synchronization

/// A listening socket in the file system, to which unrelated processes of the same user connect.
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
/// The file has mode 0600. Processes of another user, including the superuser, are refused on both
/// sides. Processes of the same user are not distinguished and can send anything: their messages
/// are checked when they are received.
///
/// A new listener replaces the file of a listener that was killed at the same path, but never the
/// file of a live one. A forked worker inherits the listener: the path stays in use until the
/// worker has also closed the listener, or has ended.
public final class ConnectionListener: Sendable {
  /// The path at which it listens.
  public let path: String
  let end: ConnectionEnd
  private let file: ListenerFile
  private let isFileRemoved = Atomic<Bool>(false)
  private let generation = ForkCounters.generation

  /// Creates a listener at a path.
  ///
  /// - Parameter path: The path of the socket: at most 107 bytes, in a directory that exists and
  ///   can be written to. Other processes can connect if they see the same file system.
  /// - Throws: ``ConnectionError`` with code `alreadyExists` if a process listens at the path, or
  ///   something other than a socket exists there; `invalidPath`, `system`.
  /// - Complexity: Some system calls.
  public init(path: String) throws(ConnectionError) {
    var socket: OwnedDescriptor?
    file = try ListenerFile.create(at: SocketPath(path), &socket)
    self.path = path
    end = ConnectionEnd(socket.take()!)
  }

  deinit { close() }

  /// Waits for a process to connect.
  ///
  ///     let listener = try ConnectionListener(path: "/tmp/quiet-\(CurrentProcess.pid).socket")
  ///     do { _ = try listener.accept(timeout: .milliseconds(10)) } catch { print(error.code == .timedOut) }
  ///     listener.close()
  ///
  /// Connections that have already been closed again are skipped.
  ///
  /// - Parameter timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  /// - Throws: ``ConnectionError`` with code `foreignUser` if a process of another user has
  ///   connected; that process is refused, and the listener stays open; `timedOut`, `closed`;
  ///   `system`, for example if this process has too many files open.
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

  /// - Returns: nil if no process is waiting.
  private func next(_ listener: BorrowedSocket) throws(ConnectionError) -> OwnedDescriptor? {
    do throws(SystemError) { return try listener.accept() } catch {
      if [ErrorCode.wouldBlock, ErrorCode.connectionAborted].contains(error.code) { return nil }
      throw ConnectionError(.system, path.debugDescription, underlying: error)
    }
  }

  /// Whether this process has closed it, or its parent before the fork.
  public var isClosed: Bool { end.isClosed }

  /// Closes the listener in this process. It also removes the file, if this process created it and
  /// no other listener has replaced it.
  ///
  /// Accepted connections stay open. Connections that wait to be accepted end.
  public func close() {
    if generation == ForkCounters.generation, !isFileRemoved.exchange(true, ordering: .relaxed) {
      file.remove()
    }
    end.close()
  }
}
