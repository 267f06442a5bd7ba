internal import SystemLayer

/// Where small unnamed arrays get their memory: blocks of a few large anonymous objects, so that a hundred
/// thousand arrays do not need as many descriptors and mappings, and one costs no system call.
///
/// All of its state is private memory of one process; what is shared are the blocks themselves. A process that
/// is killed takes the state with it, and the kernel frees the objects with their last mapping. A forked child
/// starts with no arena: it goes on using the blocks it has inherited, gives none of them back, and takes its
/// own from objects of its own, so that parent and child never give the same bytes to two arrays.
package final class Arena {
  /// The most bytes a block has; more are worth an object of their own.
  package static let largestBlockByteCount = 1 << 16

  /// The object that new blocks are cut from.
  private var chunk: ArenaChunk?
  /// For each size, the blocks that were given back. Some may belong to objects that are closed by now.
  private var free = [[FreeBlock]](repeating: [], count: SizeClass.count)

  private struct FreeBlock {
    let chunk: ArenaChunk
    let offset: Int
  }

  /// A block that has been taken, for the caller alone.
  fileprivate struct Taken {
    let chunk: ArenaChunk
    let offset: Int
    let isFresh: Bool
    let forkCount: UInt64
  }

  /// Takes a block of at least `byteCount` bytes, aligned to 64.
  ///
  /// - Parameter zeroed: whether the bytes are to be 0; else they are what an earlier array has left.
  /// - Throws: `insufficientSpace` or a limit of the system's, if a new object is needed and cannot be had.
  /// - Complexity: constant, no system call but for every two megabytes.
  package static func allocate(byteCount: Int, zeroed: Bool) throws(SharedMemoryError) -> ArenaBlock {
    let size = SizeClass(for: byteCount)
    let taken = try unsafe ArenaSlot.withLock { (slot) throws(SharedMemoryError) in
      try unsafe arena(&slot).take(size)
    }
    let block = ArenaBlock(taken, size, byteCount: byteCount)
    if zeroed, !taken.isFresh {
      // SAFETY: the block has at least `byteCount` bytes, and nobody else uses them.
      unsafe block.data.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
    return block
  }

  /// The arena of this process, made at its first use.
  private static func arena(_ slot: inout UnsafeMutableRawPointer?) -> Arena {
    // SAFETY: whatever stands in the slot was put there below, retained, by this process: a forked child finds
    // it empty. The parent's arena, perhaps half changed by another thread, is lost in the child.
    if let known = unsafe slot { return unsafe Unmanaged<Arena>.fromOpaque(known).takeUnretainedValue() }
    let arena = Arena()
    unsafe slot = Unmanaged.passRetained(arena).toOpaque()
    return arena
  }

  private func take(_ size: SizeClass) throws(SharedMemoryError) -> Taken {
    while let block = free[size.index].popLast() {
      if block.chunk.isClosed { continue }
      block.chunk.usedBlocks += 1
      return Taken(
        chunk: block.chunk, offset: block.offset, isFresh: false, forkCount: ForkHistory.forkCount)
    }
    let chunk = try roomyChunk(for: size)
    let offset = chunk.cutByteCount
    chunk.cutByteCount += size.byteCount
    chunk.usedBlocks += 1
    return Taken(chunk: chunk, offset: offset, isFresh: true, forkCount: ForkHistory.forkCount)
  }

  private func roomyChunk(for size: SizeClass) throws(SharedMemoryError) -> ArenaChunk {
    if let chunk, chunk.byteCount - chunk.cutByteCount >= size.byteCount { return chunk }
    // A program with a few small arrays shall not pay for a huge page.
    let byteCount = chunk == nil ? 2 * Self.largestBlockByteCount : max(hugePageSize, 1 << 21)
    let next = try ArenaChunk(byteCount: byteCount)
    if let chunk, chunk.usedBlocks == 0 { chunk.close() }
    chunk = next
    return next
  }

  /// Takes back a block whose last user has gone.
  ///
  /// Its bytes go to another array only if no process was forked since it was taken: a child would still map
  /// them, and write to the new array what was meant for the old one.
  fileprivate static func giveBack(_ block: ArenaBlock) {
    let chunk = block.chunk
    if chunk.generation != ForkHistory.generation { return }
    unsafe ArenaSlot.withLock { slot in
      let arena = unsafe arena(&slot)
      chunk.usedBlocks -= 1
      if chunk.usedBlocks == 0, chunk !== arena.chunk {
        chunk.close()
      } else if block.forkCount == ForkHistory.forkCount {
        arena.free[block.size.index].append(FreeBlock(chunk: chunk, offset: block.offset))
      }
    }
  }
}

/// A part of an arena's object, for one array; given back with the last reference.
package final class ArenaBlock: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init.

  fileprivate let chunk: ArenaChunk
  fileprivate let offset: Int
  fileprivate let size: SizeClass
  fileprivate let forkCount: UInt64

  fileprivate init(_ taken: Arena.Taken, _ size: SizeClass, byteCount: Int) {
    chunk = taken.chunk
    offset = taken.offset
    self.size = size
    forkCount = taken.forkCount
    // SAFETY: the arena has cut the block from within the object, which is closed after its last block only.
    unsafe super.init(
      data: chunk.address + offset, byteCount: byteCount, mappedAddress: chunk.address,
      identity: chunk.identity, access: .readWrite)
  }

  deinit { Arena.giveBack(self) }

  package override var hugePageByteCount: Int? { chunk.isHuge ? byteCount : 0 }
}
