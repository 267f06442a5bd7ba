internal import SharedArraysSystem
internal import Synchronization

/// Memory that an end lends, block by block, to the receivers of its large messages, and uses
/// again. Most of the cost of a large message would otherwise be pages that are allocated and freed
/// for it alone.
///
/// The first page has a byte for each block. The byte is 1 from when the sender has filled the
/// block until the receiver has copied the message and set the byte to 0. A receiver first copies
/// the message and then reads its copy, so later changes of the block do no harm.
///
/// Crash safety: the memory is freed with the sender and its messages in flight. A receiver that
/// dies before it has given a block back leaves that block in use. If no block is free, messages
/// pass through memory of their own, and after some of those the end creates a new arena. A forked
/// child creates its own.
final class MessageArena: @unchecked Sendable {
  // Why @unchecked: mutable state is atomic, or only the one thread that has taken the arena from
  // its place changes it.

  static let blockCount = 16
  private static let smallestBlock = 1 << 17
  /// The maximum size of a lent message in bytes.
  static let largestBlock = 1 << 22
  private static let mostRefusals = 16

  private let memory: OwnedDescriptor
  private let mapping: MemoryMapping
  private let blockByteCount: Int
  private let generation = ForkCounters.generation
  /// The number of bytes of each block that have pages.
  private var written = [Int](repeating: 0, count: blockCount)
  /// The number of times in a row that no block was free.
  private let refusals = Atomic<Int>(0)

  init(for byteCount: Int) throws(SystemError) {
    var block = Self.smallestBlock
    while block < byteCount { block *= 2 }
    blockByteCount = block
    memory = try OwnedDescriptor.anonymousMemory(label: "sharedarrays-messages")
    try memory.setSize(pageSize + Self.blockCount * block)
    try memory.sealSize()
    // A lack of memory is detected here, and not at the first use of the mapping.
    try memory.write(zeroAt: 0)
    mapping = try MemoryMapping(
      of: memory, byteCount: pageSize + Self.blockCount * block, access: .readWrite)
  }

  /// The descriptor that is sent to the receiver.
  var rawDescriptor: CInt { memory.rawValue }

  private func state(_ block: Int) -> UnsafeMutablePointer<Atomic<UInt8>> {
    // SAFETY: The mapping has a byte for each block, which is only used as an atomic, and by the
    // kernel.
    unsafe mapping.address.sharedWord(at: block)
  }

  /// Whether this process created the arena, messages of this size fit, and blocks have been given
  /// back.
  func serves(_ byteCount: Int) -> Bool {
    generation == ForkCounters.generation && byteCount <= blockByteCount
      && refusals.load(ordering: .relaxed) < Self.mostRefusals
  }

  /// Copies a message into a free block. Only one thread calls this at a time.
  ///
  /// - Returns: nil if no block is free, or no memory is left.
  @unsafe func lend(_ bytes: UnsafeRawBufferPointer) -> Loan? {
    guard
      let block = (0..<Self.blockCount).first(where: {
        unsafe state($0).pointee.load(ordering: .acquiring) == 0
      })
    else {
      refusals.add(1, ordering: .relaxed)
      return nil
    }
    refusals.store(0, ordering: .relaxed)
    let offset = pageSize + block * blockByteCount
    if bytes.count <= written[block] {
      // SAFETY: The block is mapped, at least as large as the message, and not in use.
      unsafe (mapping.address + offset).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    } else {
      // A system call fails if no memory is left; writing through the mapping would raise SIGBUS.
      guard (try? Reservation.requireRoom(on: memory, for: bytes.count)) != nil,
        (try? unsafe memory.write(bytes, at: offset)) != nil
      else { return nil }
      written[block] = bytes.count
    }
    unsafe state(block).pointee.store(1, ordering: .releasing)
    return Loan(arena: self, block: block, offset: offset)
  }

  /// A message in the arena.
  struct Loan {
    let arena: MessageArena
    /// The number of the block, which is also the offset of its state.
    let block: Int
    let offset: Int

    /// Frees the block of a message that was not sent.
    func takeBack() { unsafe arena.state(block).pointee.store(0, ordering: .releasing) }
  }
}

/// The place of an end's arena. A thread that takes the arena owns it. A thread that finds no arena
/// creates another one, and one of them is kept.
final class SpareArena: Sendable {
  /// The address of an arena that has been retained for this place, or 0.
  private let kept = Atomic<UInt>(0)

  init() {}

  deinit { _ = exchange(nil) }

  private func exchange(_ arena: MessageArena?) -> MessageArena? {
    let address = arena.map { unsafe UInt(bitPattern: Unmanaged.passRetained($0).toOpaque()) } ?? 0
    let other = unsafe UnsafeRawPointer(bitPattern: kept.exchange(address, ordering: .acquiringAndReleasing))
    // SAFETY: An arena in the place was retained for it, and only this call has taken it out.
    return unsafe other.map { unsafe Unmanaged<MessageArena>.fromOpaque($0).takeRetainedValue() }
  }

  /// Copies a message into an arena. Returns nil if the message has to be sent in another way.
  @unsafe func lend(_ bytes: UnsafeRawBufferPointer) -> MessageArena.Loan? {
    guard bytes.count <= MessageArena.largestBlock else { return nil }
    var arena = exchange(nil)
    if let found = arena, !found.serves(bytes.count) { arena = nil }
    guard let arena = arena ?? (try? MessageArena(for: bytes.count)) else { return nil }
    defer { _ = exchange(arena) }
    return unsafe arena.lend(bytes)
  }
}

/// A message that the sender has lent. Its block is given back when this object is destroyed.
final class LentMessage {
  private let memory: OwnedDescriptor
  private let offset: Int
  private let stateOffset: Int

  /// - Throws: `corrupt` if the descriptor is not lent memory, or the head's offsets are
  ///   impossible.
  init(_ memory: consuming OwnedDescriptor, _ head: ConnectionHead) throws(ConnectionError) {
    // Reading from anything else could block forever.
    guard memory.isSealedAgainstShrinking, head.offset >= 0, head.stateOffset >= 0,
      head.byteCount <= Int.max - head.offset
    else { throw ConnectionError(.corrupt, "its \(head.byteCount) bytes are not in lent memory") }
    self.memory = memory
    offset = head.offset
    stateOffset = head.stateOffset
  }

  deinit {
    // If the system refuses, that is the sender's own mistake.
    try? memory.write(zeroAt: stateOffset)
  }

  /// Copies the bytes.
  @unsafe func copy(to place: UnsafeMutableRawBufferPointer) throws(ConnectionError) {
    do throws(SystemError) {
      if try unsafe memory.read(into: place, at: offset) == place.count { return }
    } catch { throw ConnectionError(.system, "\(place.count) bytes", underlying: error) }
    throw ConnectionError(.corrupt, "its memory is shorter than \(place.count) bytes")
  }
}

extension OwnedDescriptor {
  fileprivate func write(zeroAt offset: Int) throws(SystemError) {
    let zero: UInt8 = 0
    try unsafe withUnsafeBytes(of: zero) { zero throws(SystemError) in try unsafe write(zero, at: offset) }
  }
}
