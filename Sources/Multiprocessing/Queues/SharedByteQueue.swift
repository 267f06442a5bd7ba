internal import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer

/// A bounded queue of byte messages in shared memory, which can be written and read in place.
///
///     let frames = try SharedByteQueue(capacity: 4, largestMessage: 1 << 20)
///     try frames.put(byteCount: 1 << 20) { bytes in camera.read(into: &bytes) }   // in the one process
///     try frames.get { bytes in encoder.feed(bytes) }                             // in the other
///
/// No bytes are copied: the closure gets the message's own memory. Other processes wait for the
/// closure only when they reach the same place again in the next round, or, while the message is
/// being written, when it is the next one to be taken.
///
/// In all other respects it works like a ``SharedQueue``, including when a process dies. If a
/// process dies in such a closure, that message is lost.
public struct SharedByteQueue: Sendable {
  let core: QueueCore

  private static let fingerprint: UInt64 = 0x5342_5955_4555_4531

  /// Creates an unnamed queue.
  ///
  /// - Parameters:
  ///   - capacity: The maximum number of messages in the queue, at most 16,777,216.
  ///   - largestMessage: The maximum size of a message in bytes.
  ///   - participants: The maximum number of processes that use the queue at a time, at most 8,192.
  /// - Throws: ``QueueError`` with code `sharedMemory`.
  /// - Precondition: All three are at least 1 and within the limits above.
  /// - Complexity: O(capacity × largestMessage), because all memory is reserved here.
  public init(capacity: Int, largestMessage: Int, participants: Int = 256) throws(QueueError) {
    if largestMessage < 1 {
      fatalError("SharedByteQueue needs a largestMessage of at least 1 byte, not \(largestMessage).")
    }
    // The head has a cache line of its own, so that messages begin at multiples of 64.
    let layout = QueueLayout(
      capacity: capacity, itemByteCount: largestMessage + Self.headByteCount, participants: participants,
      fingerprint: Self.fingerprint, tracksItems: false)
    guard let byteCount = layout.byteCount else {
      fatalError(
        "SharedByteQueue cannot have capacity \(capacity), largestMessage \(largestMessage) and "
          + "participants \(participants).")
    }
    core = try QueueCore.createUnnamed(layout, byteCount: byteCount)
  }

  private static let headByteCount = 64

  /// Lends the memory of a new message to a closure, and puts the message when the closure has
  /// returned.
  ///
  /// - Parameters:
  ///   - byteCount: The size of the message in bytes.
  ///   - timeout: The longest time to wait for room; 0 or less tries once, nil waits forever.
  ///   - body: A closure that writes the message. The bytes have arbitrary values at first. If it
  ///     throws, no message is put.
  /// - Throws: ``QueueError`` as `SharedQueue.put(_:timeout:)` does, or with code `foreignProcess`
  ///   in a process that `body` has forked and that returns from it; or the error that `body`
  ///   throws.
  public func put<Failure: Error>(
    byteCount: Int, timeout: Duration? = nil, _ body: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws {
    let room = core.layout.itemByteCount - Self.headByteCount
    guard byteCount >= 0, byteCount <= room else {
      throw QueueError(.tooLarge, "\(byteCount) bytes; the limit is \(room) bytes")
    }
    let (position, cell) = try unsafe core.beginWriting(timeout)
    unsafe cell.storeBytes(of: UInt64(byteCount), as: UInt64.self)
    // SAFETY: The cell has room for `byteCount` bytes after its head, and only this call uses it.
    var span = unsafe MutableRawSpan(_unsafeStart: cell + Self.headByteCount, byteCount: byteCount)
    let process = ForkCounters.generation
    do { try body(&span) } catch {
      if process == ForkCounters.generation { core.abandonWriting(position) }
      throw error
    }
    // The parent puts the message. It may already have been taken, and another one put in its
    // place.
    if process != ForkCounters.generation { throw QueueError(.foreignProcess) }
    core.endWriting(position)
  }

  /// Puts a message, copying its bytes.
  ///
  /// - Throws: ``QueueError`` as `SharedQueue.put(_:timeout:)` does.
  public func put(_ bytes: RawSpan, timeout: Duration? = nil) throws(QueueError) {
    do {
      try put(byteCount: bytes.byteCount, timeout: timeout) { place in
        unsafe bytes.withUnsafeBytes { source in
          unsafe place.withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
        }
      }
    } catch let error as QueueError {
      throw error
    } catch { fatalError("Copying bytes failed: \(error)") }
  }

  /// Lends the next message to a closure, and takes it out when the closure has returned or thrown.
  ///
  /// Another process that has the queue can change the bytes during the call, if it breaks the
  /// rules. Check a copy where that matters.
  ///
  /// - Parameter timeout: The longest time to wait for a message; 0 or less tries once, nil waits
  ///   forever.
  /// - Throws: ``QueueError`` as `SharedQueue.get(timeout:)` does, or with code `foreignProcess` in
  ///   a process that `body` has forked and that returns from it; or the error that `body` throws.
  public func get<Result>(timeout: Duration? = nil, _ body: (RawSpan) throws -> Result) throws -> Result {
    let (position, cell) = try unsafe core.beginReading(timeout)
    let process = ForkCounters.generation
    defer { if process == ForkCounters.generation { core.endReading(position) } }
    let count = unsafe cell.load(as: UInt64.self)
    let room = core.layout.itemByteCount - Self.headByteCount
    guard count <= room else { throw QueueError(.corrupt, "a message has \(count) bytes") }
    // SAFETY: The cell has at least `count` bytes after its head, which the guard has checked.
    let result = try body(unsafe RawSpan(_unsafeStart: cell + Self.headByteCount, byteCount: Int(count)))
    if process != ForkCounters.generation { throw QueueError(.foreignProcess) }
    return result
  }

  /// Takes the next message.
  ///
  /// - Throws: ``QueueError`` as `SharedQueue.get(timeout:)` does.
  public func get(timeout: Duration? = nil) throws(QueueError) -> [UInt8] {
    do {
      return try get(timeout: timeout) { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
    } catch let error as QueueError {
      throw error
    } catch { fatalError("Copying bytes failed: \(error)") }
  }

  /// Closes the queue to new messages; see ``SharedQueue/close()``.
  public func close() { core.close() }

  /// The maximum number of messages in the queue.
  public var capacity: Int { core.layout.capacity }

  /// The maximum size of a message in bytes.
  public var largestMessage: Int { core.layout.itemByteCount - Self.headByteCount }

  /// The current number of messages in the queue.
  public var count: Int { max(0, min(core.putCount &- core.takenCount, capacity)) }

  /// Returns messages that were lost when processes died; see ``SharedQueue/losses()``.
  public func losses() throws(QueueError) -> [LostItem] {
    try core.clearAllDead()
    return core.losses
  }
}

/// A queue is transferred to another process as a handle.
extension SharedByteQueue: Transferable {
  /// Appends the data that the other process needs to map the queue.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try core.memory.encode(into: &writer)
    try writer.encode(core.offset)
  }

  /// Maps a queue that ``encode(into:)`` has described.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> SharedByteQueue {
    let memory = try MemoryOwner.decode(from: &reader, access: .readWrite)
    let offset = try reader.decode(Int.self)
    do throws(QueueError) {
      return SharedByteQueue(
        core: try QueueCore.open(
          in: memory, at: offset, fingerprint: fingerprint, itemBytes: headByteCount + 1...Int.max))
    } catch {
      throw TransferError(.invalidValue, error.description)
    }
  }

  private init(core: QueueCore) { self.core = core }
}
