internal import SharedArraysSystem
public import SharedArraysTransfer

extension ConnectionCore {
  /// Takes the next message and lets `body` read the value in it.
  @usableFromInline
  func receive<Value>(
    timeout: Duration?, limits: TransferLimits,
    _ body: (inout TransferReader) throws(TransferError) -> Value
  ) throws(ConnectionError) -> Value {
    var message = try receive(.value, timeout: timeout, limits: limits)
    // SAFETY: the message has the bytes until this function returns, and nobody else can change them.
    var reader = try unsafe message.reader(limits)
    do throws(TransferError) { return try body(&reader) } catch { throw ConnectionError(error) }
  }

  /// Takes the next message, whatever it is, and sees whether it is what was asked for.
  func receive(
    _ content: ConnectionHead.Content, timeout: Duration?, limits: TransferLimits
  ) throws(ConnectionError) -> IncomingMessage {
    guard directions.contains(.receiving) else { throw ConnectionError(.wrongDirection) }
    guard let room = unsafe spareRoom.take() else { throw ConnectionError(.insufficientMemory) }
    var message = unsafe IncomingMessage(room: room, of: spareRoom, spareCopy)
    try arrive(&message, timeout)
    // Before anything is refused, so that it is given back.
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
    // SAFETY: behind the room for the bytes there is room for as many descriptors as a message can have.
    let numbers = unsafe (message.room + ConnectionSizes.room).assumingMemoryBound(to: CInt.self)
    let arrival = try whenReady(.toReceive, timeout: timeout) { socket, patience throws(SystemError) in
      unsafe try socket.receive(into: place, descriptors: numbers, patience)
    } failing: { error in
      switch error.code {
      // The other end was closed with messages of this one's in it; what it has sent itself is still here.
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
        .corrupt, "it lacks file descriptors: this process cannot have more than it has open")
    }
    try message.read(arrival)
  }
}
