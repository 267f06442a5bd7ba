internal import SharedArraysSystem

/// Where unnamed arrays of up to a megabyte get their memory: blocks of a few large anonymous objects, so that a
/// hundred thousand arrays do not need as many descriptors and mappings, and one costs no system call.
///
/// All of its state is private memory of one process; what is shared are the blocks themselves. A process that
/// is killed takes the state with it, and the kernel frees the objects with their last mapping. A forked child
/// starts with no arena: it goes on using the blocks it has inherited, gives none of them back, and takes its
/// own from objects of its own, so that parent and child never give the same bytes to two arrays.
@usableFromInline
package struct Arena: ~Copyable {
  /// The most bytes a block has; more are worth an object of their own.
  @inlinable package static var largestBlockByteCount: Int { 1 << 20 }

  /// The objects of this process that have blocks; new blocks are cut from the last one.
  private var chunks: [ArenaChunk] = []
  /// For each size, the blocks that were given back.
  private var free = [[FreeBlock]](repeating: [], count: SizeClass.count)

  /// Memory of larger arrays that were given back.
  private var idle = IdleObjects()

  /// The chunk lives as long as it is in `chunks`, and leaves it after its free blocks.
  private struct FreeBlock {
    unowned(unsafe) let chunk: ArenaChunk
    let offset: Int
  }

  /// Takes a block of at least `byteCount` bytes, aligned to 64.
  ///
  /// - Parameter zeroed: whether the bytes are to be 0; else they are what an earlier array has left.
  /// - Throws: `insufficientSpace` or a limit of the system's, if a new object is needed and cannot be had.
  /// - Complexity: constant, no system call but for every two megabytes.
  @usableFromInline
  package static func allocate(byteCount: Int, zeroed: Bool) throws(SharedMemoryError) -> ArenaBlock {
    let size = SizeClass(for: byteCount)
    let block = try unsafe locked().pointee.take(size, byteCount: byteCount)
    if zeroed, !block.isFresh {
      // SAFETY: the block has at least `byteCount` bytes, and nobody else uses them.
      unsafe block.data.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
    return block
  }

  /// The arena of this process, made at its first use; the lock is held.
  private static func locked() -> UnsafeMutablePointer<Arena> {
    ProcessSlot.arena.lock()
    // SAFETY: whatever stands in the slot was put there below by this process: a forked child finds it empty.
    // The parent's arena, perhaps half changed by another thread, is lost in the child.
    if let known = unsafe ProcessSlot.arena.reference {
      return unsafe known.assumingMemoryBound(to: Arena.self)
    }
    let arena = UnsafeMutablePointer<Arena>.allocate(capacity: 1)
    unsafe arena.initialize(to: Arena())
    unsafe ProcessSlot.arena.reference = UnsafeMutableRawPointer(arena)
    return unsafe arena
  }

  /// Takes a block and leaves the lock.
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
    // A program with a few small arrays shall not pay for a huge page.
    let byteCount = last == nil && size.byteCount <= 1 << 16 ? 1 << 17 : max(hugePageSize, 1 << 21)
    // What is kept must not be the reason why there is no memory.
    let next: ArenaChunk
    do throws(SharedMemoryError) { next = try ArenaChunk(byteCount: byteCount) } catch {
      if idle.takeAll().isEmpty { throw error }
      next = try ArenaChunk(byteCount: byteCount)
    }
    chunks.append(next)
    if let last, last.usedBlocks == 0 { drop(last) }
    return next
  }

  /// Takes back a block whose last user has gone.
  ///
  /// Its bytes go to another array only if no process was forked since it was taken: a child would still map
  /// them, and write to the new array what was meant for the old one.
  static func giveBack(_ block: ArenaBlock) {
    let chunk = unsafe block.chunk
    if chunk.generation != ForkHistory.generation { return }
    let arena = unsafe locked()
    defer { ProcessSlot.arena.unlock() }
    unsafe arena.pointee.takeBack(block, chunk)
  }

  private mutating func takeBack(_ block: ArenaBlock, _ chunk: ArenaChunk) {
    chunk.usedBlocks -= 1
    if chunk.usedBlocks == 0, chunk !== chunks.last {
      drop(chunk)
    } else if block.forkCount == ForkHistory.begunCount, !block.isSent {
      free[block.size.index].append(FreeBlock(chunk: chunk, offset: block.offset))
    }
  }

  /// Unmaps an object of which no array has a block.
  private mutating func drop(_ chunk: ArenaChunk) {
    for index in free.indices { free[index].removeAll { unsafe $0.chunk === chunk } }
    chunks.removeAll { $0 === chunk }
  }
}

// MARK: Objects of larger arrays

extension Arena {
  /// An object of exactly `byteCount` bytes that an earlier array has left, with whatever stands in it; nil if there
  /// is none.
  static func takeIdle(byteCount: Int) -> AnonymousObject? {
    let arena = unsafe locked()
    defer { ProcessSlot.arena.unlock() }
    return unsafe arena.pointee.idle.take(byteCount: byteCount)
  }

  /// Keeps an object for the next array of its size. Nobody else may have it: no child, and no process that it was
  /// sent to.
  static func keep(_ object: AnonymousObject) {
    let arena = unsafe locked()
    let dropped = unsafe arena.pointee.idle.keep(object)
    ProcessSlot.arena.unlock()
    // Unmapping takes its time.
    withExtendedLifetime(dropped) {}
  }

  /// Runs what needs memory or descriptors; where there are none, it runs again after all that is kept has been given back:
  /// that must not be the reason.
  static func givingBackIdle<Made>(
    _ body: () throws(SharedMemoryError) -> Made
  ) throws(SharedMemoryError) -> Made {
    do throws(SharedMemoryError) { return try body() } catch {
      guard error.code == .insufficientSpace || error.code == .tooManyOpenFiles, dropIdle() else {
        throw error
      }
    }
    return try body()
  }

  /// Gives all that is kept back to the system.
  ///
  /// - Returns: whether there was anything.
  @discardableResult
  package static func dropIdle() -> Bool {
    let arena = unsafe locked()
    let dropped = unsafe arena.pointee.idle.takeAll()
    ProcessSlot.arena.unlock()
    return !dropped.isEmpty
  }
}
