internal import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer

/// A bounded queue of messages of bytes in shared memory, which can be written and read in place.
///
///     let frames = try SharedByteQueue(capacity: 4, largestMessage: 1 << 20)
///     try frames.put(byteCount: 1 << 20) { bytes in camera.read(into: &bytes) }   // in the one process
///     try frames.get { bytes in encoder.feed(bytes) }                             // in the other
///
/// Nothing is copied: the closure is lent the message's own place. Other processes wait for it only when they come round to
/// that place again, or, where it is being written, when it is the next one to be taken out.
///
/// Else it is as a ``SharedQueue``, also when a process dies, in such a closure too: then that message is lost.
public struct SharedByteQueue: Sendable {
  let core: QueueCore

  private static let fingerprint: UInt64 = 0x5342_5955_4555_4531

  /// Makes an unnamed queue.
  ///
  /// - Parameters:
  ///   - capacity: the most messages in the queue at a time, at most 16,777,216.
  ///   - largestMessage: the most bytes of a message.
  ///   - participants: the most processes that use it at a time, at most 8,192.
  /// - Throws: ``QueueError`` with code `memory`.
  /// - Precondition: all three are at least 1 and at most what is said above.
  /// - Complexity: O(capacity × largestMessage): all memory is reserved here.
  public init(capacity: Int, largestMessage: Int, participants: Int = 256) throws(QueueError) {
    if largestMessage < 1 { fatalError("The largest message has at least one byte, not \(largestMessage).") }
    // A line for the head, so that messages begin at multiples of 64.
    let layout = QueueLayout(
      capacity: capacity, itemByteCount: largestMessage + Self.headByteCount, participants: participants,
      fingerprint: Self.fingerprint, tracksItems: false)
    guard let byteCount = layout.byteCount else {
      fatalError(
        "There is no queue of \(capacity) messages of \(largestMessage) bytes for \(participants) processes.")
    }
    core = try QueueCore.createUnnamed(layout, byteCount: byteCount)
  }

  private static let headByteCount = 64

  /// Lends the place of a new message to a closure, and puts it in when the closure has returned.
  ///
  /// - Parameters:
  ///   - byteCount: how many bytes the message has.
  ///   - timeout: how long to wait for room; 0 or less tries, nil waits for ever.
  ///   - body: writes the message; at first the bytes are whatever was there. If it throws, there is no message.
  /// - Throws: ``QueueError`` as `SharedQueue.put(_:timeout:)` does, or with code `notOwner` in a process that `body` has forked and
  ///   that returns from it; or what `body` throws.
  public func put<Failure: Error>(
    byteCount: Int, timeout: Duration? = nil, _ body: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws {
    let room = core.layout.itemByteCount - Self.headByteCount
    guard byteCount >= 0, byteCount <= room else {
      throw QueueError(.tooLarge, "\(byteCount) bytes of \(room)")
    }
    let (position, cell) = try unsafe core.beginWriting(timeout)
    unsafe cell.storeBytes(of: UInt64(byteCount), as: UInt64.self)
    // SAFETY: the cell has room for so many bytes behind its head, and is this call's.
    var span = unsafe MutableRawSpan(_unsafeStart: cell + Self.headByteCount, byteCount: byteCount)
    let process = ForkHistory.generation
    do { try body(&span) } catch {
      if process == ForkHistory.generation { core.abandonWriting(position) }
      throw error
    }
    // The parent puts it in; it may be out again by now, and another one in its place.
    if process != ForkHistory.generation { throw QueueError(.notOwner) }
    core.endWriting(position)
  }

  /// Puts a message in, of which the bytes are copied.
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
    } catch { fatalError("Copying bytes does not fail: \(error)") }
  }

  /// Lends the next message to a closure, and takes it out when the closure has returned or thrown.
  ///
  /// A process that has the queue can change the bytes meanwhile, if it breaks the rules: check a copy where it matters.
  ///
  /// - Parameter timeout: how long to wait for a message; 0 or less tries, nil waits for ever.
  /// - Throws: ``QueueError`` as `SharedQueue.get(timeout:)` does, or with code `notOwner` in a process that `body` has forked and
  ///   that returns from it; or what `body` throws.
  public func get<Result>(timeout: Duration? = nil, _ body: (RawSpan) throws -> Result) throws -> Result {
    let (position, cell) = try unsafe core.beginReading(timeout)
    let process = ForkHistory.generation
    defer { if process == ForkHistory.generation { core.endReading(position) } }
    let count = unsafe cell.load(as: UInt64.self)
    let room = core.layout.itemByteCount - Self.headByteCount
    guard count <= room else { throw QueueError(.corrupt, "a message of \(count) bytes") }
    // SAFETY: so many bytes are behind the head.
    let result = try body(unsafe RawSpan(_unsafeStart: cell + Self.headByteCount, byteCount: Int(count)))
    if process != ForkHistory.generation { throw QueueError(.notOwner) }
    return result
  }

  /// Takes the next message out.
  ///
  /// - Throws: ``QueueError`` as `SharedQueue.get(timeout:)` does.
  public func get(timeout: Duration? = nil) throws(QueueError) -> [UInt8] {
    do {
      return try get(timeout: timeout) { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
    } catch let error as QueueError {
      throw error
    } catch { fatalError("Copying bytes does not fail: \(error)") }
  }

  /// Lets no more messages in; see ``SharedQueue/close()``.
  public func close() { core.close() }

  /// The most messages it has at a time.
  public var capacity: Int { core.layout.capacity }

  /// The most bytes of a message.
  public var largestMessage: Int { core.layout.itemByteCount - Self.headByteCount }

  /// How many messages are in it at this moment.
  public var count: Int { max(0, min(core.putCount &- core.takenCount, capacity)) }

  /// Messages that were lost with processes that died; see ``SharedQueue/losses()``.
  public func losses() throws(QueueError) -> [LostItem] {
    try core.clearAllDead()
    return core.losses
  }
}

/// A queue crosses to another process as a handle.
extension SharedByteQueue: Transferable {
  /// Appends what the other process needs to map the queue.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try core.memory.encode(into: &writer)
    try writer.encode(core.offset)
  }

  /// Maps a queue that ``encode(into:)`` told of.
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
