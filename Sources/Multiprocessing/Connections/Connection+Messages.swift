public import SharedArraysTransfer

// SAFETY: The pointers to the bytes of a span or an array are used only within the closure that
// gets them. A received message is copied to `place` only if it fits: its limit is the size of
// `place`.

// MARK: - Values

extension Connection {
  /// Sends a value as one message, waiting while the connection has no room.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.send(["answer": 42], timeout: .seconds(1))
  ///     print(try b.receive([String: Int].self))
  ///
  /// - Parameters:
  ///   - value: The value to send, as it is now. Handles, such as arrays, refer to the same object
  ///     on both sides.
  ///   - timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  ///   - limits: The limits of the message. The receiver's limits apply too.
  /// - Throws: ``ConnectionError`` with code `brokenPipe` if the other end is closed; `timedOut`,
  ///   `closed`, `wrongDirection`; `tooLarge`, `insufficientMemory` or `notTransferable` before
  ///   anything is sent; `system`.
  /// - Complexity: O(bytes). A message of up to 64 KiB takes one system call.
  @inlinable
  public func send<Value: Transferable>(
    _ value: Value, timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) {
    let message: TransferMessage
    do throws(TransferError) {
      message = try TransferMessage(encoding: value, limits: limits, in: core.spareSink)
    } catch { throw ConnectionError(error) }
    try core.send(message, timeout: timeout)
  }

  /// Receives the next message as a value, waiting until a message arrives.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.send(1.5)
  ///     print(try b.receive(Double.self, timeout: .seconds(1)))
  ///
  /// - Parameters:
  ///   - type: The type of the value that the other side has sent.
  ///   - timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  ///   - limits: The limits of the message, and of the objects that may be made from it.
  /// - Throws: ``ConnectionError`` with code `endOfFile` if the other end is closed and no message
  ///   is left; `timedOut`, `closed`, `wrongDirection`, `system`. With code `wrongType`,
  ///   `tooLarge`, `insufficientMemory`, `notTransferable` or `corrupt`, the message has been taken
  ///   out, and the next one can be received.
  /// - Complexity: O(bytes). A message of up to 64 KiB takes one system call, if it is available or
  ///   the timeout is nil.
  @inlinable
  public func receive<Value: Transferable>(
    _ type: Value.Type = Value.self, timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) -> Value {
    try core.receive(timeout: timeout, limits: limits) { reader throws(TransferError) in
      try reader.decodeMessage(type)
    }
  }

  /// Receives the next message as a value, or returns nil at the end. It is meant for loops.
  ///
  ///     let (receiver, sender) = try Connection.oneWay()
  ///     for number in 1...3 { try sender.send(number) }
  ///     sender.close()
  ///     while let number = try receiver.next(Int.self) { print(number) }
  ///
  /// - Returns: The value, or nil if the other end is closed and no message is left.
  /// - Throws: The errors of ``receive(_:timeout:limits:)``, except `endOfFile`.
  @inlinable
  public func next<Value: Transferable>(
    _ type: Value.Type = Value.self, timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) -> Value? {
    do throws(ConnectionError) { return try receive(type, timeout: timeout, limits: limits) } catch {
      if error.code == .endOfFile { return nil }
      throw error
    }
  }
}

// MARK: - Bytes

extension Connection {
  /// Sends bytes as one message, waiting while the connection has no room.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     let samples: [Float] = [1.5, 2.5]
  ///     try a.sendBytes(samples.span.bytes)
  ///     print(try b.receiveBytes().count)                         // 8
  ///
  /// - Parameters:
  ///   - bytes: The bytes to send. The number of bytes can be 0.
  ///   - timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  ///   - limits: The limits of the message. Only the number of bytes applies. The receiver's limit
  ///     applies too.
  /// - Throws: The errors of ``send(_:timeout:limits:)``.
  /// - Complexity: O(bytes). A message of up to 64 KiB takes one system call.
  public func sendBytes(
    _ bytes: RawSpan, timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) {
    guard bytes.byteCount <= limits.byteCount else {
      throw ConnectionError(.tooLarge, "\(bytes.byteCount) bytes; the limit is \(limits.byteCount) bytes")
    }
    try unsafe bytes.withUnsafeBytes { bytes throws(ConnectionError) in
      try unsafe core.send(.bytes, bytes, timeout: timeout)
    }
  }

  /// Sends the bytes of an array as one message.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.sendBytes([1, 2, 3])
  ///     print(try b.receiveBytes())
  ///
  /// - Throws: The errors of ``send(_:timeout:limits:)``.
  public func sendBytes(
    _ bytes: [UInt8], timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) {
    try unsafe sendBytes(bytes.span.bytes, timeout: timeout, limits: limits)
  }

  /// Receives the bytes of the next message, waiting until a message arrives.
  ///
  /// - Parameters:
  ///   - timeout: The longest time to wait; 0 or less tries once, nil waits forever.
  ///   - limits: The limits of the message. Only the number of bytes applies.
  /// - Throws: The errors of ``receive(_:timeout:limits:)``; `wrongType` if the message is a value.
  /// - Complexity: O(bytes). A message of up to 64 KiB takes one system call, if it is available or
  ///   the timeout is nil.
  public func receiveBytes(
    timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) -> [UInt8] {
    try core.receive(.bytes, timeout: timeout, limits: limits).array()
  }

  /// Receives the bytes of the next message into existing memory.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     var samples = [Float](repeating: 0, count: 1024)
  ///     try a.sendBytes(([1.5, 2.5] as [Float]).span.bytes)
  ///     var place = samples.mutableSpan
  ///     var bytes = place.mutableBytes
  ///     print(try b.receiveBytes(into: &bytes), "bytes")
  ///
  /// - Returns: The number of bytes in the message. Further bytes of `place` stay as they are.
  /// - Throws: The errors of ``receiveBytes(timeout:limits:)``; `tooLarge` if the bytes do not fit.
  public func receiveBytes(
    into place: inout MutableRawSpan, timeout: Duration? = nil
  ) throws(ConnectionError) -> Int {
    let message = try core.receive(
      .bytes, timeout: timeout, limits: TransferLimits(byteCount: place.byteCount))
    try unsafe place.withUnsafeMutableBytes { place throws(ConnectionError) in
      try unsafe message.copy(to: place)
    }
    return message.head.byteCount
  }
}
