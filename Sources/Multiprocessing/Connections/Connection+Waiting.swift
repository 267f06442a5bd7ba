internal import SharedArraysSystem

extension Connection: Waitable {
  /// Waits until there is something to receive: a message, or the end of file.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     print(try b.poll())                               // false
  ///     try a.send(1)
  ///     print(try b.poll(timeout: .seconds(1)))           // true
  ///
  /// Another thread or process that receives at the same end may take the message first.
  ///
  /// - Parameter timeout: how long to wait; 0 or less looks once, nil waits for ever.
  /// - Returns: whether there is.
  /// - Throws: ``ConnectionError`` with code `closed`, `wrongDirection` or `system`.
  public func poll(timeout: Duration? = .zero) throws(ConnectionError) -> Bool {
    try core.poll(until: Deadline(after: timeout))
  }

  /// The descriptor that polls as readable when there is something to receive; -1 once this end is closed.
  public var pollableDescriptor: CInt { core.end.number }

  /// Whether ``receive(_:timeout:limits:)`` would not have to wait: for a message, the end of file, or an end that is closed.
  public func isReady() -> Bool { (try? core.poll(until: Deadline(after: .zero))) ?? true }
}

extension ConnectionListener: Waitable {
  /// The descriptor that polls as readable when a process has come; -1 once the listener is closed.
  public var pollableDescriptor: CInt { end.number }

  /// Whether ``accept(timeout:)`` would not have to wait, unless the process that has come goes away again.
  public func isReady() -> Bool {
    guard let listener = try? end.beginUse() else { return true }
    defer { end.endUse() }
    return (try? listener.wait(.toReceive, until: Deadline(after: .zero))) ?? true
  }
}
