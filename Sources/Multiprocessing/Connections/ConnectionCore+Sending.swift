internal import SharedArraysSystem
public import SharedArraysTransfer

extension ConnectionCore {
  /// Sends an encoded value.
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

  /// Sends a message: in the socket itself, or in a memory object if it is large.
  @unsafe func send(
    _ content: ConnectionHead.Content, _ bytes: UnsafeRawBufferPointer, descriptors: [CInt] = [],
    timeout: Duration?
  ) throws(ConnectionError) {
    guard directions.contains(.sending) else { throw ConnectionError(.wrongDirection) }
    if bytes.count <= ConnectionSizes.inline {
      let head = ConnectionHead(content, .socket, byteCount: bytes.count)
      if unsafe try send(head, bytes, descriptors: descriptors, timeout: timeout) { return }
      // The buffer of this socket is so small that not even this message fits.
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

  /// Sends the head of a message in memory. It adds `weight` of the message's bytes, which take up
  /// room in the socket, or none if they do not fit.
  @unsafe private func send(
    _ head: ConnectionHead, _ bytes: UnsafeRawBufferPointer, _ weight: Int, descriptors: [CInt],
    _ timeout: Duration?, _ deadline: Deadline?
  ) throws(ConnectionError) -> Bool {
    for weight in [weight, 0] {
      // SAFETY: The weight is at most the number of bytes.
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<weight])
      if unsafe try send(head, part, descriptors: descriptors, timeout: timeout, deadline: deadline) {
        return true
      }
    }
    return false
  }

  /// Makes the system call. It is inlined into its callers, because its closures cost as much as
  /// the rest of it.
  ///
  /// - Returns: False if the socket can never have room for the message.
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

  /// Above this size, the machine and the control group are checked for free memory before anything
  /// is written.
  private static let large = 1 << 20

  /// Returns a memory object with these bytes, which no process can change any more.
  ///
  /// System calls write the bytes, because each of them fails if no memory is left. Writing through
  /// a mapping would raise SIGBUS instead.
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
