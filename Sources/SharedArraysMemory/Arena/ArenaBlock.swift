internal import SharedArraysSystem

/// A part of an arena's object, for one array; given back with the last reference.
@usableFromInline
@safe package final class ArenaBlock: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init.

  /// Stays in its arena's list at least until this block is given back; in a forked child, which loses its
  /// parent's arena without freeing it, for ever.
  unowned(unsafe) let chunk: ArenaChunk
  let offset: Int
  let size: SizeClass
  /// Whether no array has had these bytes before, so that they are 0.
  let isFresh: Bool
  /// `ForkHistory.endedCount` when it was taken.
  let forkCount: UInt64
  /// Whether another process may have got it: its bytes go to no other array then. Only ever becomes true.
  var isSent = false

  /// - Precondition: the block lies within the chunk.
  init(of chunk: ArenaChunk, offset: Int, isFresh: Bool, _ size: SizeClass, byteCount: Int) {
    unsafe self.chunk = chunk
    self.offset = offset
    self.isFresh = isFresh
    self.size = size
    forkCount = ForkHistory.endedCount
    // SAFETY: by the precondition; the object is unmapped after its last block has been given back.
    unsafe super.init(
      data: chunk.address + offset, byteCount: byteCount, mappedAddress: chunk.address,
      identity: chunk.identity, access: .readWrite, isOriginal: true)
  }

  deinit { Arena.giveBack(self) }

  package override var hugePageByteCount: Int? { unsafe chunk.isHuge ? byteCount : 0 }
}
