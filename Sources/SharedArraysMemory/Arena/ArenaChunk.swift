internal import SharedArraysSystem

/// An anonymous object from which an arena cuts blocks. Its counts are guarded by the arena's lock.
@safe final class ArenaChunk {
  let address: UnsafeMutableRawPointer
  let byteCount: Int
  let identity: FileIdentity
  let isHuge: Bool
  /// The fork generation (`ForkCounters.generation`) of the process that created the chunk.
  let generation = ForkCounters.generation
  /// The number of bytes from the start that have been cut into blocks. The bytes after them have
  /// never been used and are zero.
  var cutByteCount = 0
  /// The number of blocks in use by arrays.
  var usedBlocks = 0
  private let mapping: MemoryMapping
  let descriptor: OwnedDescriptor

  /// Creates and reserves the object.
  init(byteCount: Int) throws(SharedMemoryError) {
    let descriptor = try translatingErrors(of: nil) { () throws(SystemError) in
      try OwnedDescriptor.anonymousMemory(label: "sharedarrays-arena")
    }
    let memory = try NewMemory.reserve(byteCount, of: descriptor, name: nil)
    try translatingErrors(of: nil) { () throws(SystemError) in try descriptor.sealSize() }
    self.byteCount = byteCount
    identity = memory.identity
    isHuge = memory.hugePageByteCount > 0
    // SAFETY: `mapping` keeps the address mapped for as long as the chunk exists.
    unsafe address = memory.mapping.address
    mapping = memory.mapping
    self.descriptor = descriptor
  }
}
