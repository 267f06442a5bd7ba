public import SharedMemory
internal import SystemLayer

extension ConnectionCore {
  /// Sends a value that has been encoded.
  @usableFromInline
  func send(_ message: consuming TransferMessage, timeout: Duration?) throws(ConnectionError) {
    try send(encoded: message, timeout)
    spareSink.take(backFrom: message)
  }

  private func send(encoded message: borrowing TransferMessage, _ timeout: Duration?) throws(ConnectionError)
  {
    let descriptors = message.rawDescriptors
    let bytes = message.bytes
    try unsafe bytes.withUnsafeBytes { bytes throws(ConnectionError) in
      try unsafe send(.value, bytes, descriptors: descriptors, timeout: timeout)
    }
  }

  /// Sends a message: in the socket itself, or by way of a memory object if it is large.
  @unsafe func send(
    _ content: ConnectionHead.Content, _ bytes: UnsafeRawBufferPointer, descriptors: [CInt] = [],
    timeout: Duration?
  ) throws(ConnectionError) {
    guard directions.contains(.sending) else { throw ConnectionError(.wrongDirection) }
    if bytes.count <= ConnectionSizes.inline {
      let head = ConnectionHead(content, isInMemory: false, byteCount: bytes.count)
      if unsafe try send(head, bytes, descriptors: descriptors, timeout: timeout) { return }
      // The socket's room is set so small here that not even this fits.
    }
    let deadline = timeout.map { Deadline(after: $0) }
    guard descriptors.count < OwnedDescriptor.mostDescriptors else {
      throw ConnectionError(
        .tooLarge,
        "\(descriptors.count) file descriptors and the memory of the message; the limit is "
          + "\(OwnedDescriptor.mostDescriptors)")
    }
    let memory = try unsafe Self.memory(with: bytes)
    let head = ConnectionHead(content, isInMemory: true, byteCount: bytes.count)
    let all = descriptors + [memory.rawValue]
    for weight in [ConnectionSizes.weight(of: bytes.count), 0] {
      // SAFETY: the weight is less than the number of bytes.
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<weight])
      if unsafe try send(head, part, descriptors: all, timeout: timeout, deadline: deadline) { return }
    }
    throw ConnectionError(.tooLarge, "\(all.count) file descriptors")
  }

  /// Makes the call of the kernel.
  ///
  /// - Returns: false if the socket never has room for so much.
  @unsafe private func send(
    _ head: ConnectionHead, _ bytes: UnsafeRawBufferPointer, descriptors: [CInt], timeout: Duration?,
    deadline: Deadline? = nil
  ) throws(ConnectionError) -> Bool {
    var words = head.words
    return try whenReady(.toSend, timeout: timeout, deadline: deadline) {
      socket, patience throws(SystemError) in
      do throws(SystemError) {
        try unsafe withUnsafeBytes(of: &words) { head throws(SystemError) in
          unsafe try socket.send(head, bytes, descriptors: descriptors, patience)
        }
      } catch {
        if error.code == ErrorCode.messageTooLong { return false }
        throw error
      }
      return true
    } failing: { error in
      switch error.code {
      case ErrorCode.brokenPipe, ErrorCode.connectionReset: ConnectionError(.brokenPipe)
      case ErrorCode.noMemory: ConnectionError(.insufficientMemory, underlying: error)
      default: ConnectionError(.system, underlying: error)
      }
    }
  }

  /// Above this the machine and the control group are asked whether they have so much, before anything is written.
  private static let large = 1 << 20

  /// A memory object with these bytes, which nobody can change any more.
  ///
  /// It is written by system calls, each of which fails where there is no room, and not through a mapping, where that would be
  /// SIGBUS.
  private static func memory(with bytes: UnsafeRawBufferPointer) throws(ConnectionError) -> OwnedDescriptor {
    let memory: OwnedDescriptor
    do throws(SystemError) {
      memory = try OwnedDescriptor.anonymousMemory(label: "sharedarrays-message")
    } catch {
      throw ConnectionError(.system, underlying: error)
    }
    if bytes.count > large {
      do throws(ReservationError) { try Reservation.requireRoom(on: memory, for: bytes.count) } catch {
        throw ConnectionError(error, byteCount: bytes.count)
      }
    }
    do throws(SystemError) {
      try unsafe memory.write(bytes, at: 0)
      try memory.sealContents()
    } catch {
      let isFull = error.code == ErrorCode.noSpace || error.code == ErrorCode.noMemory
      throw ConnectionError(
        isFull ? .insufficientMemory : .system, "\(bytes.count) bytes", underlying: error)
    }
    return memory
  }
}
