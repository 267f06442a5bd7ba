internal import SharedArraysSystem
public import SharedArraysTransfer

extension ConnectionCore {
  /// Receives the next message and lets `body` read the value in it.
  @usableFromInline
  func receive<Value>(
    timeout: Duration?, limits: TransferLimits,
    _ body: (inout TransferReader) throws(TransferError) -> Value
  ) throws(ConnectionError) -> Value {
    var message = try receive(.value, timeout: timeout, limits: limits)
    // SAFETY: The message holds the bytes until this function returns, and nothing else can change
    // them.
    var reader = try unsafe message.reader(limits)
    do throws(TransferError) { return try body(&reader) } catch { throw ConnectionError(error) }
  }

  /// Receives the next message, and checks that it has the requested content.
  func receive(
    _ content: ConnectionHead.Content, timeout: Duration?, limits: TransferLimits
  ) throws(ConnectionError) -> IncomingMessage {
    guard directions.contains(.receiving) else { throw ConnectionError(.wrongDirection) }
    guard let room = unsafe spareRoom.take() else { throw ConnectionError(.insufficientMemory) }
    var message = unsafe IncomingMessage(room: room, of: spareRoom, spareCopy)
    try arrive(&message, timeout)
    // Lent memory is taken before anything is refused, so that it is always given back.
    if message.head.place == .lentMemory { try message.openLentMemory() }
    guard message.head.content == content else {
      throw ConnectionError(
        .wrongType, content == .value ? "bytes instead of a value" : "a value instead of bytes")
    }
    guard message.head.byteCount <= limits.byteCount else {
      throw ConnectionError(
        .tooLarge, "\(message.head.byteCount) bytes; the limit is \(limits.byteCount) bytes")
    }
    if message.head.place == .memory { try message.openMemory() }
    return message
  }

  private func arrive(_ message: inout IncomingMessage, _ timeout: Duration?) throws(ConnectionError) {
    let place = unsafe UnsafeMutableRawBufferPointer(start: message.room, count: ConnectionSizes.room)
    // SAFETY: The room for the bytes is followed by room for the descriptors of any message.
    let numbers = unsafe (message.room + ConnectionSizes.room).assumingMemoryBound(to: CInt.self)
    let arrival = try whenReady(.toReceive, timeout: timeout) { socket, patience throws(SystemError) in
      unsafe try socket.receive(into: place, descriptors: numbers, patience)
    } failing: { error in
      switch error.code {
      // The other end was closed before it received all messages of this one. Messages that it has
      // sent are still here.
      case ErrorCode.connectionReset: nil
      case ErrorCode.noMemory: ConnectionError(.insufficientMemory, underlying: error)
      default: ConnectionError(.system, underlying: error)
      }
    }
    for index in 0..<arrival.descriptorCount {
      _ = unsafe message.descriptors.append(OwnedDescriptor(owning: numbers[index]))
    }
    if arrival.byteCount == 0 { throw ConnectionError(.endOfFile) }
    if arrival.lacksDescriptors {
      throw ConnectionError(
        .corrupt, "it lost file descriptors, because this process cannot open any more")
    }
    try message.read(arrival)
  }
}
