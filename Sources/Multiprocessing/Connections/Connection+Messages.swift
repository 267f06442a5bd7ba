public import SharedArraysTransfer

// MARK: - Values

extension Connection {
  /// Sends a value as one message, waiting while there is no room.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.send(["answer": 42], timeout: .seconds(1))
  ///     print(try b.receive([String: Int].self))
  ///
  /// - Parameters:
  ///   - value: arrives as it is now. Handles, such as arrays, mean the same on both sides.
  ///   - timeout: how long to wait; 0 or less tries, nil waits for ever.
  ///   - limits: what the message may have; the receiver's limits hold too.
  /// - Throws: ``ConnectionError`` with code `brokenPipe` if the other end is closed; `timedOut`, `closed`, `wrongDirection`;
  ///   `tooLarge`, `insufficientMemory` or `notTransferable` before anything is sent; `system`.
  /// - Complexity: O(bytes); one system call for up to 64 KiB.
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

  /// Receives the next message as a value, waiting while there is none.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     try a.send(1.5)
  ///     print(try b.receive(Double.self, timeout: .seconds(1)))
  ///
  /// - Parameters:
  ///   - type: what the other side has sent.
  ///   - timeout: how long to wait; 0 or less tries, nil waits for ever.
  ///   - limits: what the message may have, and what may be made from it.
  /// - Throws: ``ConnectionError`` with code `endOfFile` if the other end is closed and nothing is left; `timedOut`, `closed`,
  ///   `wrongDirection`, `system`. With code `wrongType`, `tooLarge`, `insufficientMemory`, `notTransferable` or `corrupt` the
  ///   message has been taken out, and the next one can be received.
  /// - Complexity: O(bytes); one system call for up to 64 KiB, if a message is there or the timeout is nil.
  @inlinable
  public func receive<Value: Transferable>(
    _ type: Value.Type = Value.self, timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) -> Value {
    try core.receive(timeout: timeout, limits: limits) { reader throws(TransferError) in
      try reader.decodeMessage(type)
    }
  }

  /// Receives the next message as a value, or nothing at the end: for loops.
  ///
  ///     let (receiver, sender) = try Connection.oneWay()
  ///     for number in 1...3 { try sender.send(number) }
  ///     sender.close()
  ///     while let number = try receiver.receiveUnlessEnded(Int.self) { print(number) }
  ///
  /// - Returns: nil if the other end is closed and nothing is left.
  /// - Throws: as ``receive(_:timeout:limits:)``, but `endOfFile`.
  @inlinable
  public func receiveUnlessEnded<Value: Transferable>(
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
  /// Sends bytes as one message, waiting while there is no room.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     let samples: [Float] = [1.5, 2.5]
  ///     try a.sendBytes(samples.span.bytes)
  ///     print(try b.receiveBytes().count)                         // 8
  ///
  /// - Parameters:
  ///   - bytes: any number of them, also none.
  ///   - timeout: how long to wait; 0 or less tries, nil waits for ever.
  ///   - limits: of which the number of bytes holds; the receiver's limit holds too.
  /// - Throws: as ``send(_:timeout:limits:)``.
  /// - Complexity: O(bytes); one system call for up to 64 KiB.
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
  /// - Throws: as ``send(_:timeout:limits:)``.
  public func sendBytes(
    _ bytes: [UInt8], timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) {
    try unsafe sendBytes(bytes.span.bytes, timeout: timeout, limits: limits)
  }

  /// Receives the bytes of the next message, waiting while there is none.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait; 0 or less tries, nil waits for ever.
  ///   - limits: of which the number of bytes holds.
  /// - Throws: as ``receive(_:timeout:limits:)``; `wrongType` if the message is a value.
  /// - Complexity: O(bytes); one system call for up to 64 KiB, if a message is there or the timeout is nil.
  public func receiveBytes(
    timeout: Duration? = nil, limits: TransferLimits = TransferLimits()
  ) throws(ConnectionError) -> [UInt8] {
    try core.receive(.bytes, timeout: timeout, limits: limits).array()
  }

  /// Receives the bytes of the next message into memory that is there already.
  ///
  ///     let (a, b) = try Connection.pair()
  ///     var samples = [Float](repeating: 0, count: 1024)
  ///     try a.sendBytes(([1.5, 2.5] as [Float]).span.bytes)
  ///     var place = samples.mutableSpan
  ///     var bytes = place.mutableBytes
  ///     print(try b.receiveBytes(into: &bytes), "bytes")
  ///
  /// - Returns: how many bytes it has; those of `place` behind them stay as they are.
  /// - Throws: as ``receiveBytes(timeout:limits:)``; `tooLarge` if they do not fit.
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
