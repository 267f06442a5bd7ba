internal import SharedArraysSystem

/// One anonymous object that an arena cuts blocks from. Its counts change under the arena's lock.
@safe final class ArenaChunk {
  let address: UnsafeMutableRawPointer
  let byteCount: Int
  let identity: FileIdentity
  let isHuge: Bool
  /// The process that made it, by `ForkHistory.generation`.
  let generation = ForkHistory.generation
  /// Bytes from the start that blocks have been cut from; those after them have never been used and are 0.
  var cutByteCount = 0
  /// Blocks that arrays have.
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
    unsafe address = memory.mapping.address
    mapping = memory.mapping
    self.descriptor = descriptor
  }
}
