public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// Queues that unrelated programs find by name, and queues in a block.
extension SharedQueue {
  /// Creates a queue under a new name. Other processes can attach it, fully initialized, once this
  /// call has returned.
  ///
  /// Names, lifetimes, and the fate of a name after a crash are as for arrays: see
  /// `SharedArray.create`. Attaching checks the type of the items by its full name and layout, so
  /// both programs must take it from the same module.
  ///
  /// - Parameters: The same as for ``init(capacity:largestItem:participants:tracksItems:)``.
  /// - Throws: ``QueueError`` with code `sharedMemory`, whose `underlying` error has code
  ///   `alreadyExists`, `invalidName` or `insufficientMemory`.
  public static func create(
    _ name: String, capacity: Int, largestItem: Int = 1024, participants: Int = 256,
    tracksItems: Bool = false,
    lifetime: SegmentLifetime = .temporary
  ) throws(QueueError) -> SharedQueue {
    let layout = layout(capacity, largestItem, participants, tracksItems)
    return SharedQueue(try QueueCore.create(.named(name), layout, lifetime))
  }

  /// Creates a queue under a free name, which ``name`` returns.
  ///
  /// - Throws: The same errors as for a given name.
  public static func create(
    _ generated: GeneratedName, capacity: Int, largestItem: Int = 1024, participants: Int = 256,
    tracksItems: Bool = false, lifetime: SegmentLifetime = .temporary
  ) throws(QueueError) -> SharedQueue {
    let layout = layout(capacity, largestItem, participants, tracksItems)
    return SharedQueue(try QueueCore.create(.generated, layout, lifetime))
  }

  /// Maps the queue that a process has created under `name`.
  ///
  /// - Throws: ``QueueError`` with code `sharedMemory`, whose `underlying` error has code
  ///   `notFound`, or `mismatch` if the name belongs to something else or to a queue of other
  ///   items.
  public static func attach(_ name: String) throws(QueueError) -> SharedQueue {
    SharedQueue(
      try QueueCore.attach(name, fingerprint: TypeFingerprint.of(Element.self), itemBytes: itemBytes))
  }

  /// Removes a name. Processes that have mapped the queue keep it.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`.
  public static func unlink(_ name: String) throws(SharedMemoryError) { try Segment.unlink(name) }

  /// Removes this queue's name, unless it now belongs to another object.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound` if the queue has no name.
  public func unlink() throws(SharedMemoryError) { try core.memory.unlink() }

  /// The name under which the queue was created or attached; nil for an unnamed queue.
  public var name: String? { core.memory.name }

  /// Creates a queue in bytes of a block that are still 0.
  ///
  /// - Parameters:
  ///   - byteOffset: The offset of the queue in the block, a multiple of 64.
  /// - Throws: ``QueueError`` with code `sharedMemory`, whose `underlying` error has code
  ///   `tooSmall` or `misaligned`.
  public init(
    on block: SharedBlock, byteOffset: Int = 0, capacity: Int, largestItem: Int = 1024,
    participants: Int = 256,
    tracksItems: Bool = false
  ) throws(QueueError) {
    let layout = Self.layout(capacity, largestItem, participants, tracksItems)
    let memory = try QueueCore.memory(of: block, at: byteOffset, byteCount: layout.byteCount!)
    core = try QueueCore.create(layout, in: memory, at: byteOffset)
  }

  /// Attaches to the queue that is in a block.
  ///
  /// - Throws: ``QueueError`` with code `sharedMemory`, whose `underlying` error has code
  ///   `mismatch` if the block has no queue of such items there.
  public init(attachedTo block: SharedBlock, byteOffset: Int = 0) throws(QueueError) {
    let memory = try QueueCore.memory(of: block, at: byteOffset, byteCount: 1)
    core = try QueueCore.open(
      in: memory, at: byteOffset, fingerprint: TypeFingerprint.of(Element.self), itemBytes: Self.itemBytes)
  }
}

extension QueueCore {
  fileprivate static func create(
    _ naming: Segment.Naming, _ layout: QueueLayout, _ lifetime: SegmentLifetime
  ) throws(QueueError) -> QueueCore {
    do throws(SharedMemoryError) {
      let segment = try Segment.create(
        naming, kind: .queue, dataByteCount: layout.byteCount!, header: RawSpan(), lifetime: lifetime
      ) { data in
        // The header is written before another process can find the queue.
        for (index, word) in layout.header.enumerated() {
          data.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
        }
      }
      return try QueueCore(layout, in: segment, at: 0)
    } catch { throw QueueError(error) }
  }

  fileprivate static func attach(
    _ name: String, fingerprint: UInt64, itemBytes: ClosedRange<Int>
  ) throws(QueueError) -> QueueCore {
    let segment: Segment
    do throws(SharedMemoryError) {
      segment = try Segment.attach(name, kind: .queue, access: .readWrite).segment
    } catch { throw QueueError(error) }
    return try open(in: segment, at: 0, fingerprint: fingerprint, itemBytes: itemBytes)
  }

  fileprivate static func memory(
    of block: SharedBlock, at offset: Int, byteCount: Int
  ) throws(QueueError) -> MemoryOwner {
    guard let memory = block.memory else { fatalError("The block \(block.name) has been detached.") }
    guard offset >= 0, offset % 64 == 0 else {
      throw QueueError(
        SharedMemoryError(
          .misaligned, name: block.name, detail: "byte offset \(offset) is not a multiple of 64"))
    }
    guard offset <= memory.byteCount, byteCount <= memory.byteCount - offset else {
      throw QueueError(
        SharedMemoryError(
          .tooSmall, name: block.name,
          detail: "it has \(memory.byteCount) bytes, but \(byteCount) are needed from offset \(offset)"))
    }
    return memory
  }
}
