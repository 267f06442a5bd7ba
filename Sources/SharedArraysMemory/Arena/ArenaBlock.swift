internal import SharedArraysSystem

/// A block of an arena's chunk that holds one array. It is given back with the last reference.
@usableFromInline
@safe package final class ArenaBlock: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: the properties are set in init, except `isSent`, which only changes to true.

  /// The chunk that contains the block.
  ///
  /// The chunk stays in its arena's list at least until this block is given back. A forked child
  /// loses its parent's arena without freeing it, so the chunk stays valid there until the child
  /// exits.
  unowned(unsafe) let chunk: ArenaChunk
  let offset: Int
  let size: SizeClass
  /// Whether no array has used these bytes before, so that they are zero.
  let isFresh: Bool
  /// The value of `ForkCounters.endedCount` when the block was allocated.
  let forkCount: UInt64
  /// Whether another process might have the block. Its bytes are then not reused for another array.
  /// Only changes to true.
  var isSent = false

  /// - Precondition: The block lies within the chunk.
  init(of chunk: ArenaChunk, offset: Int, isFresh: Bool, _ size: SizeClass, byteCount: Int) {
    unsafe self.chunk = chunk
    self.offset = offset
    self.isFresh = isFresh
    self.size = size
    forkCount = ForkCounters.endedCount
    // SAFETY: the precondition keeps the block within the chunk, which is unmapped only after its
    // last block has been given back.
    unsafe super.init(
      data: chunk.address + offset, byteCount: byteCount, mappedAddress: chunk.address,
      identity: chunk.identity, access: .readWrite, isOriginal: true)
  }

  deinit { Arena.giveBack(self) }

  // SAFETY: the chunk is valid for as long as the block is; see `chunk`.
  package override var hugePageByteCount: Int? { unsafe chunk.isHuge ? byteCount : 0 }
}
