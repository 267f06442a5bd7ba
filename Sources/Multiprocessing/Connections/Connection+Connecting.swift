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
  /// Messages that are sent before the listener has accepted the connection wait there.
  ///
  /// - Parameters:
  ///   - path: The path of a ``ConnectionListener``.
  ///   - timeout: The longest time to wait for a listener; 0 or less tries once, nil waits forever.
  /// - Throws: ``ConnectionError`` with code `notFound` if no process has listened in time;
  ///   `timedOut` if the listener has not accepted the earlier connections in time; `foreignUser`
  ///   if the listener belongs to another user; `invalidPath`, `system`.
  /// - Complexity: Some system calls. While it waits, it repeats them every tenth of a millisecond.
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

  /// - Returns: nil if a later attempt might succeed.
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
