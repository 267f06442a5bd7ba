internal import SharedArraysSystem
internal import Synchronization

/// Memory that an end lends to those who receive its large messages, block by block, and uses again: what costs most about a large
/// message is pages that are taken from the system and given back for it alone.
///
/// The first page has a byte for each block: 1 from when the sender has begun to write there until the receiver has copied the
/// message and has set it to 0. A receiver copies first and reads its copy, so nobody minds what becomes of a block later.
///
/// Surviving death: the memory goes with the sender and the messages that are on their way. A receiver that dies before it has
/// given a block back leaves that one taken; where none is free, messages cross in memory of their own, and after some of those
/// the end begins a new arena. A forked child makes its own.
final class MessageArena: @unchecked Sendable {
  // Why @unchecked: what changes is changed by the one thread that has taken the arena from its place, or atomic.

  static let blockCount = 16
  private static let smallestBlock = 1 << 17
  /// The most bytes of a message that is lent.
  static let largestBlock = 1 << 22
  private static let mostRefusals = 16

  private let memory: OwnedDescriptor
  private let mapping: MemoryMapping
  private let blockByteCount: Int
  private let generation = ForkHistory.generation
  /// How many bytes of each block have pages.
  private var written = [Int](repeating: 0, count: blockCount)
  /// How often in a row no block was free.
  private let refusals = Atomic<Int>(0)

  init(for byteCount: Int) throws(SystemError) {
    var block = Self.smallestBlock
    while block < byteCount { block *= 2 }
    blockByteCount = block
    memory = try OwnedDescriptor.anonymousMemory(label: "sharedarrays-messages")
    try memory.setSize(pageSize + Self.blockCount * block)
    try memory.sealSize()
    // Here, and not at the first use of the mapping, it is found out that there is no memory.
    try memory.write(zeroAt: 0)
    mapping = try MemoryMapping(
      of: memory, byteCount: pageSize + Self.blockCount * block, access: .readWrite)
  }

  /// For the descriptor's way to the receiver.
  var rawDescriptor: CInt { memory.rawValue }

  private func state(_ block: Int) -> UnsafeMutablePointer<Atomic<UInt8>> {
    // SAFETY: the mapping has a byte for each block, which is used in this way only, and by the kernel.
    unsafe (mapping.address + block).assumingMemoryBound(to: Atomic<UInt8>.self)
  }

  /// Whether this process made it, messages of this size fit, and its blocks have come back.
  func serves(_ byteCount: Int) -> Bool {
    generation == ForkHistory.generation && byteCount <= blockByteCount
      && refusals.load(ordering: .relaxed) < Self.mostRefusals
  }

  /// Copies a message into a free block. Nobody else calls this meanwhile.
  ///
  /// - Returns: nil if no block is free, or there is no memory.
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
      // SAFETY: the block is mapped, as large as the message, and nobody else's now.
      unsafe (mapping.address + offset).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    } else {
      // By a system call, which fails where there is no memory; through the mapping that would be SIGBUS.
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
    /// Also where the block's state is.
    let block: Int
    let offset: Int

    /// Nobody has got the message.
    func takeBack() { unsafe arena.state(block).pointee.store(0, ordering: .releasing) }
  }
}

/// The place of an end's arena. Whoever takes it has it alone; who finds none makes another one, of which one is kept.
final class SpareArena: Sendable {
  /// The address of an arena that has been retained for this place, or 0.
  private let kept = Atomic<UInt>(0)

  init() {}

  deinit { _ = exchange(nil) }

  private func exchange(_ arena: MessageArena?) -> MessageArena? {
    let address = arena.map { unsafe UInt(bitPattern: Unmanaged.passRetained($0).toOpaque()) } ?? 0
    let other = unsafe UnsafeRawPointer(bitPattern: kept.exchange(address, ordering: .acquiringAndReleasing))
    // SAFETY: what was in the place was retained for it, and has been taken out of it by this call alone.
    return unsafe other.map { unsafe Unmanaged<MessageArena>.fromOpaque($0).takeRetainedValue() }
  }

  /// Copies a message into an arena; nil where it has to cross in another way.
  @unsafe func lend(_ bytes: UnsafeRawBufferPointer) -> MessageArena.Loan? {
    guard bytes.count <= MessageArena.largestBlock else { return nil }
    var arena = exchange(nil)
    if let found = arena, !found.serves(bytes.count) { arena = nil }
    guard let arena = arena ?? (try? MessageArena(for: bytes.count)) else { return nil }
    defer { _ = exchange(arena) }
    return unsafe arena.lend(bytes)
  }
}

/// A message that the sender has lent, and gets back when this goes away.
final class LentMessage {
  private let memory: OwnedDescriptor
  private let offset: Int
  private let stateOffset: Int

  /// - Throws: `corrupt` if it is no memory, or there can be no such bytes.
  init(_ memory: consuming OwnedDescriptor, _ head: ConnectionHead) throws(ConnectionError) {
    // Reading anything else could wait without end.
    guard memory.isSealedAgainstShrinking, head.offset >= 0, head.stateOffset >= 0,
      head.byteCount <= Int.max - head.offset
    else { throw ConnectionError(.corrupt, "\(head.byteCount) bytes in what is no lent memory") }
    self.memory = memory
    offset = head.offset
    stateOffset = head.stateOffset
  }

  deinit {
    // What is refused here is the sender's own mistake.
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
