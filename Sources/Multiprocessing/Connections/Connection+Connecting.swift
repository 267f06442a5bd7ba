internal import SharedArraysSystem

extension Connection {
  /// Connects to a listener of another process of the same user.
  ///
  ///     let listener = try ConnectionListener(path: "/tmp/example-\(CurrentProcess.pid).socket")
  ///     let client = try Connection.connect(path: listener.path)
  ///     let server = try listener.accept(timeout: .seconds(1))
  ///     try client.send("hello")
  ///     print(try server.receive(String.self))
  ///     listener.close()
  ///
  /// What is sent before the listener has accepted the connection waits there.
  ///
  /// - Parameters:
  ///   - path: that of a ``ConnectionListener``.
  ///   - timeout: how long to wait until somebody listens; 0 or less tries, nil waits for ever.
  /// - Throws: ``ConnectionError`` with code `notFound` if nobody has listened in time; `timedOut` if the listener has not
  ///   accepted those who came before; `foreignUser` if another user listens; `invalidPath`, `system`.
  /// - Complexity: some system calls; while it waits, as many again every tenth of a millisecond.
  public static func connect(
    path: String, timeout: Duration? = .zero
  ) throws(ConnectionError) -> Connection {
    let path = try SocketPath(path)
    let deadline = Deadline(after: timeout)
    var times = 0
    while true {
      if let socket = try attempt(path, isLast: deadline.hasPassed) {
        return Connection(try ConnectionCore.checkingUser(of: socket))
      }
      backOff(&times)
    }
  }

  /// - Returns: nil if there may be more luck later.
  private static func attempt(_ path: SocketPath, isLast: Bool) throws(ConnectionError) -> OwnedDescriptor? {
    do throws(SystemError) { return try OwnedDescriptor.connected(to: path.text) } catch {
      let isNobody = error.code == ErrorCode.noEntry || error.code == ErrorCode.connectionRefused
      guard isNobody || error.code == ErrorCode.wouldBlock else {
        throw ConnectionError(.system, path.phrase, underlying: error)
      }
      if isLast { throw ConnectionError(isNobody ? .notFound : .timedOut, path.phrase, underlying: error) }
      return nil
    }
  }
}
