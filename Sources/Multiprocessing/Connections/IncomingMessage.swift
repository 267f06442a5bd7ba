internal import Glibc
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A message that has arrived. Its bytes are in the room, in a memory object that cannot change any
/// more, or in lent memory.
@safe struct IncomingMessage: ~Copyable {
  let room: UnsafeMutableRawPointer
  private let spare: BufferCache
  private let spareCopy: SpareCopy
  private(set) var head = ConnectionHead(.bytes, .socket, byteCount: 0)
  var descriptors = DescriptorList()
  // In a box: the optimiser of Swift 6.3 crashes where an optional descriptor is borrowed.
  private var memory: DescriptorBox?
  private var mapping: MemoryMapping?
  private var start: UnsafeRawPointer?
  private var lent: LentMessage?
  /// The copy of a lent message, made for reading it here.
  private var copied: UnsafeMutableRawPointer?

  init(room: UnsafeMutableRawPointer, of spare: BufferCache, _ spareCopy: SpareCopy) {
    unsafe self.room = room
    self.spare = spare
    self.spareCopy = spareCopy
  }

  deinit {
    if let copied = unsafe copied { unsafe spareCopy.give(copied) }
    unsafe spare.give(room)
  }

  /// Reads the data received into the room, which can be anything.
  mutating func read(_ arrival: BorrowedSocket.Arrival) throws(ConnectionError) {
    // SAFETY: The socket has written `byteCount` bytes into the room.
    let bytes = unsafe UnsafeRawBufferPointer(start: room, count: arrival.byteCount)
    guard let head = unsafe ConnectionHead(bytes),
      head.place != .socket
        || !arrival.isCut && head.byteCount == arrival.byteCount - ConnectionHead.byteCount
    else { throw ConnectionError(.corrupt, "\(arrival.byteCount) bytes without a valid head") }
    self.head = head
  }

  /// Takes the memory object, which is the last of the descriptors. It checks first that the object
  /// has the message's bytes, and that they can no longer change.
  mutating func openMemory() throws(ConnectionError) {
    let memory = try takeMemory()
    let status: FileStatus
    do throws(SystemError) { status = try memory.status() } catch {
      throw ConnectionError(.system, underlying: error)
    }
    // Reading missing pages could raise SIGBUS.
    guard memory.isUnchangeable, status.byteCount == head.byteCount, head.byteCount > 0,
      status.allocatedByteCount >= head.byteCount
    else {
      throw ConnectionError(
        .corrupt, "its memory has \(status.byteCount) bytes, not \(head.byteCount), or can still change")
    }
    self.memory = DescriptorBox(memory)
  }

  /// Takes the lent memory. It is given back with this message in any case.
  mutating func openLentMemory() throws(ConnectionError) { lent = try LentMessage(takeMemory(), head) }

  private mutating func takeMemory() throws(ConnectionError) -> OwnedDescriptor {
    guard let memory = descriptors.takeLast() else {
      throw ConnectionError(.corrupt, "its memory is missing")
    }
    return memory
  }

  // MARK: Contents

  /// Returns a reader of the value, which takes the descriptors. It is valid as long as the
  /// message.
  @unsafe mutating func reader(_ limits: TransferLimits) throws(ConnectionError) -> TransferReader {
    var taken = DescriptorList()
    swap(&taken, &descriptors)
    return unsafe TransferReader(try bytes(), descriptors: taken, limits: limits)
  }

  @unsafe private mutating func bytes() throws(ConnectionError) -> UnsafeRawBufferPointer {
    if head.place == .socket {
      return unsafe UnsafeRawBufferPointer(start: room + ConnectionHead.byteCount, count: head.byteCount)
    }
    if unsafe start == nil { if lent != nil { try copyLent() } else { try map() } }
    return unsafe UnsafeRawBufferPointer(start: start, count: head.byteCount)
  }

  /// Copies the lent bytes for reading, because the sender can change them.
  private mutating func copyLent() throws(ConnectionError) {
    guard let place = unsafe spareCopy.take(head.byteCount) else {
      throw ConnectionError(.insufficientMemory, "\(head.byteCount) bytes")
    }
    unsafe copied = place
    try unsafe lent!.copy(to: UnsafeMutableRawBufferPointer(start: place, count: head.byteCount))
    unsafe start = UnsafeRawPointer(place)
  }

  private mutating func map() throws(ConnectionError) {
    do throws(SystemError) {
      // Before Linux 6.7, memory that is sealed against writing cannot be mapped as shared, not
      // even for reading.
      let mapping = try MemoryMapping(of: memory!.descriptor, byteCount: head.byteCount, access: .copyOnWrite)
      unsafe start = UnsafeRawPointer(mapping.address)
      self.mapping = consume mapping
    } catch {
      let code: ConnectionError.Code = error.code == ErrorCode.noMemory ? .insufficientMemory : .system
      throw ConnectionError(code, "\(head.byteCount) bytes", underlying: error)
    }
  }

  /// Copies the bytes to a place that has room for them.
  @unsafe func copy(to place: UnsafeMutableRawBufferPointer) throws(ConnectionError) {
    guard head.byteCount > 0 else { return }
    if let lent {
      return try unsafe lent.copy(to: UnsafeMutableRawBufferPointer(rebasing: place[..<head.byteCount]))
    }
    guard head.place == .memory else {
      return unsafe place.baseAddress!.copyMemory(
        from: room + ConnectionHead.byteCount, byteCount: head.byteCount)
    }
    do throws(SystemError) {
      let count = try unsafe memory!.descriptor.read(
        into: UnsafeMutableRawBufferPointer(rebasing: place[..<head.byteCount]), at: 0)
      if count == head.byteCount { return }
    } catch { throw ConnectionError(.system, "\(head.byteCount) bytes", underlying: error) }
    throw ConnectionError(.corrupt, "its memory is shorter than \(head.byteCount) bytes")
  }

  /// Returns the bytes as an array.
  func array() throws(ConnectionError) -> [UInt8] {
    // The memory is probed, because an array for which no memory is left would end the process.
    if head.place != .socket {
      guard let probe = unsafe malloc(head.byteCount + 64) else {
        throw ConnectionError(.insufficientMemory, "\(head.byteCount) bytes")
      }
      unsafe free(probe)
    }
    return try unsafe [UInt8](unsafeUninitializedCapacity: head.byteCount) {
      place, count throws(ConnectionError) in
      unsafe try copy(to: UnsafeMutableRawBufferPointer(place))
      count = head.byteCount
    }
  }
}
