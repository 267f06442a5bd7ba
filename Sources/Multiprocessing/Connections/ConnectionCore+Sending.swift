internal import SharedArraysSystem
public import SharedArraysTransfer

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
      let head = ConnectionHead(content, .socket, byteCount: bytes.count)
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
    if let loan = unsafe spareArena.lend(bytes) {
      var isSent = false
      defer { if !isSent { loan.takeBack() } }
      var head = ConnectionHead(content, .lentMemory, byteCount: bytes.count)
      (head.offset, head.stateOffset) = (loan.offset, loan.block)
      let all = descriptors + [loan.arena.rawDescriptor]
      let weight = ConnectionSizes.weightOfLent(bytes.count)
      isSent = try unsafe send(head, bytes, weight, descriptors: all, timeout, deadline)
      if isSent { return }
    } else {
      let memory = try unsafe Self.memory(with: bytes)
      let head = ConnectionHead(content, .memory, byteCount: bytes.count)
      let weight = ConnectionSizes.weight(of: bytes.count)
      let all = descriptors + [memory.rawValue]
      if try unsafe send(head, bytes, weight, descriptors: all, timeout, deadline) { return }
    }
    throw ConnectionError(.tooLarge, "\(descriptors.count + 1) file descriptors")
  }

  /// Sends the head of a message in memory, with as many of its bytes as it is to take room, or with none.
  @unsafe private func send(
    _ head: ConnectionHead, _ bytes: UnsafeRawBufferPointer, _ weight: Int, descriptors: [CInt],
    _ timeout: Duration?, _ deadline: Deadline?
  ) throws(ConnectionError) -> Bool {
    for weight in [weight, 0] {
      // SAFETY: the weight is less than the number of bytes.
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<weight])
      if unsafe try send(head, part, descriptors: descriptors, timeout: timeout, deadline: deadline) {
        return true
      }
    }
    return false
  }

  /// Makes the call of the kernel; compiled into its callers, since its closures cost as much as the rest of it.
  ///
  /// - Returns: false if the socket never has room for so much.
  @inline(__always)
  @unsafe private func send(
    _ head: ConnectionHead, _ bytes: UnsafeRawBufferPointer, descriptors: [CInt], timeout: Duration?,
    deadline: Deadline? = nil
  ) throws(ConnectionError) -> Bool {
    var words = head.words
    let headByteCount = head.byteCountInSocket
    return try whenReady(.toSend, timeout: timeout, deadline: deadline) {
      socket, patience throws(SystemError) in
      do throws(SystemError) {
        try unsafe withUnsafeBytes(of: &words) { head throws(SystemError) in
          unsafe try socket.send(
            UnsafeRawBufferPointer(rebasing: head[..<headByteCount]), bytes, descriptors: descriptors,
            patience)
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
