internal import SharedArraysSystem

/// An allocator for unnamed arrays of up to a megabyte. It cuts blocks from a few large anonymous
/// objects.
///
/// A hundred thousand arrays therefore need only a few descriptors and mappings, and an array costs
/// no system call.
///
/// All of the allocator's state is private to one process; only the blocks are shared. The state
/// disappears with a killed process, and the kernel frees the objects with their last mapping. A
/// forked child starts without an arena: it continues to use the inherited blocks, gives none of
/// them back, and allocates from objects of its own. Parent and child therefore never give the same
/// bytes to two arrays.
@usableFromInline
package struct Arena: ~Copyable {
  /// The maximum size of a block in bytes. A larger array gets an object of its own.
  @inlinable package static var largestBlockByteCount: Int { 1 << 20 }

  /// The objects of this process that contain blocks. New blocks are cut from the last one.
  private var chunks: [ArenaChunk] = []
  /// The free blocks of each size class.
  private var free = [[FreeBlock]](repeating: [], count: SizeClass.count)

  /// The memory of larger arrays that are no longer used.
  private var idle = IdleObjects()

  /// A block that was given back. Its chunk is removed from `chunks` only after its free blocks are
  /// removed from `free`, so the reference stays valid.
  private struct FreeBlock {
    unowned(unsafe) let chunk: ArenaChunk
    let offset: Int
  }

  /// Allocates a block of at least `byteCount` bytes, aligned to 64 bytes.
  ///
  /// - Parameter zeroed: Whether the bytes must be zero. Otherwise they are what an earlier array
  ///   left.
  /// - Throws: `insufficientMemory` or the code of a system limit, if a new object is needed and
  ///   cannot be created.
  /// - Complexity: O(1) without `zeroed`, with a system call only once every two megabytes.
  @usableFromInline
  package static func allocate(byteCount: Int, zeroed: Bool) throws(SharedMemoryError) -> ArenaBlock {
    let size = SizeClass(for: byteCount)
    let block = try unsafe locked().pointee.take(size, byteCount: byteCount)
    if zeroed, !block.isFresh {
      // SAFETY: the block has at least `byteCount` bytes, and no other array uses them.
      unsafe block.data.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
    return block
  }

  /// Returns the arena of this process, with its lock held. Creates the arena at the first call.
  private static func locked() -> UnsafeMutablePointer<Arena> {
    ProcessSlot.arena.lock()
    // SAFETY: the pointer in the slot was stored below by this process, since a forked child finds
    // the slot empty. The parent's arena, which another thread might have left half changed, is
    // lost in the child.
    if let known = unsafe ProcessSlot.arena.reference {
      return unsafe known.assumingMemoryBound(to: Arena.self)
    }
    let arena = UnsafeMutablePointer<Arena>.allocate(capacity: 1)
    unsafe arena.initialize(to: Arena())
    unsafe ProcessSlot.arena.reference = UnsafeMutableRawPointer(arena)
    return unsafe arena
  }

  /// Takes a block and releases the arena's lock.
  private mutating func take(_ size: SizeClass, byteCount: Int) throws(SharedMemoryError) -> ArenaBlock {
    defer { ProcessSlot.arena.unlock() }
    if let block = free[size.index].popLast() {
      unsafe block.chunk.usedBlocks += 1
      return unsafe ArenaBlock(
        of: block.chunk, offset: block.offset, isFresh: false, size, byteCount: byteCount)
    }
    let chunk = try roomyChunk(for: size)
    let offset = chunk.cutByteCount
    chunk.cutByteCount += size.byteCount
    chunk.usedBlocks += 1
    return ArenaBlock(of: chunk, offset: offset, isFresh: true, size, byteCount: byteCount)
  }

  private mutating func roomyChunk(for size: SizeClass) throws(SharedMemoryError) -> ArenaChunk {
    let last = chunks.last
    if let last, last.byteCount - last.cutByteCount >= size.byteCount { return last }
    // A program with a few small arrays should not pay for a huge page.
    let byteCount = last == nil && size.byteCount <= 1 << 16 ? 1 << 17 : max(hugePageSize, 1 << 21)
    // If memory is short, the idle objects are released and the call is retried once.
    let next: ArenaChunk
    do throws(SharedMemoryError) { next = try ArenaChunk(byteCount: byteCount) } catch {
      if idle.takeAll().isEmpty { throw error }
      next = try ArenaChunk(byteCount: byteCount)
    }
    chunks.append(next)
    if let last, last.usedBlocks == 0 { drop(last) }
    return next
  }

  /// Takes back a block after its last user has released it.
  ///
  /// The bytes are reused for another array only if no process was forked since the block was
  /// allocated. A child would still map them, and its writes to the old array would change the new
  /// one.
  static func giveBack(_ block: ArenaBlock) {
    let chunk = unsafe block.chunk
    if chunk.generation != ForkCounters.generation { return }
    let arena = unsafe locked()
    defer { ProcessSlot.arena.unlock() }
    unsafe arena.pointee.takeBack(block, chunk)
  }

  private mutating func takeBack(_ block: ArenaBlock, _ chunk: ArenaChunk) {
    chunk.usedBlocks -= 1
    if chunk.usedBlocks == 0, chunk !== chunks.last {
      drop(chunk)
    } else if block.forkCount == ForkCounters.begunCount, !block.isSent {
      free[block.size.index].append(FreeBlock(chunk: chunk, offset: block.offset))
    }
  }

  /// Unmaps a chunk that no array uses.
  private mutating func drop(_ chunk: ArenaChunk) {
    for index in free.indices { free[index].removeAll { unsafe $0.chunk === chunk } }
    chunks.removeAll { $0 === chunk }
  }
}

// MARK: Objects of larger arrays

extension Arena {
  /// Takes an idle object of exactly `byteCount` bytes, or returns nil if the arena has none. The
  /// object still holds the bytes of an earlier array.
  static func takeIdle(byteCount: Int) -> AnonymousObject? {
    let arena = unsafe locked()
    defer { ProcessSlot.arena.unlock() }
    return unsafe arena.pointee.idle.take(byteCount: byteCount)
  }

  /// Keeps an object for the next array of its size.
  ///
  /// No other process may have the object: no forked child, and no process that received it.
  static func keep(_ object: AnonymousObject) {
    let arena = unsafe locked()
    let dropped = unsafe arena.pointee.idle.keep(object)
    ProcessSlot.arena.unlock()
    // The objects are unmapped here, without the lock, because unmapping is slow.
    withExtendedLifetime(dropped) {}
  }

  /// Runs `body`, which needs memory or descriptors. If `body` fails for lack of either, releases
  /// all idle objects and runs it once more.
  static func givingBackIdle<Made>(
    _ body: () throws(SharedMemoryError) -> Made
  ) throws(SharedMemoryError) -> Made {
    do throws(SharedMemoryError) { return try body() } catch {
      guard error.code == .insufficientMemory || error.code == .tooManyOpenFiles, dropIdle() else {
        throw error
      }
    }
    return try body()
  }

  /// Returns all idle objects to the system.
  ///
  /// - Returns: Whether the arena had any.
  @discardableResult
  package static func dropIdle() -> Bool {
    let arena = unsafe locked()
    let dropped = unsafe arena.pointee.idle.takeAll()
    ProcessSlot.arena.unlock()
    return !dropped.isEmpty
  }
}
