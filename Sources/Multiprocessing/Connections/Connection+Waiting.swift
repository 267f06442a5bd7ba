internal import SharedArraysSystem

extension Connection: Waitable {
  /// Waits until something can be received: a message, or the end of file.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     print(try b.poll())                               // false
  ///     try a.send(1)
  ///     print(try b.poll(timeout: .seconds(1)))           // true
  ///
  /// Another thread or process that receives at the same end might take the message first.
  ///
  /// - Parameter timeout: The longest time to wait; 0 or less checks once, nil waits forever.
  /// - Returns: Whether something can be received.
  /// - Throws: ``ConnectionError`` with code `closed`, `wrongDirection` or `system`.
  public func poll(timeout: Duration? = .zero) throws(ConnectionError) -> Bool {
    try core.poll(until: Deadline(after: timeout))
  }

  /// The descriptor that polls as readable when something can be received; -1 once this end is
  /// closed.
  public var pollableDescriptor: CInt { core.end.number }

  /// Whether ``receive(_:timeout:limits:)`` would return without waiting: because of a message, the
  /// end of file, or a closed end.
  public func isReady() -> Bool { (try? core.poll(until: Deadline(after: .zero))) ?? true }
}

extension ConnectionListener: Waitable {
  /// The descriptor that polls as readable when a process has connected; -1 once the listener is
  /// closed.
  public var pollableDescriptor: CInt { end.number }

  /// Whether ``accept(timeout:)`` would return without waiting, unless the process that has
  /// connected disconnects first.
  public func isReady() -> Bool {
    guard let listener = try? end.beginUse() else { return true }
    defer { end.endUse() }
    return (try? listener.wait(.toReceive, until: Deadline(after: .zero))) ?? true
  }
}
