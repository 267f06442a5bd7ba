package import SharedArraysSystem

extension MemoryOwner {
  /// Opens the memory's file again, with a new open file description.
  ///
  /// - Throws: `notFound` if the memory's name no longer exists or leads to another object;
  ///   `mismatch` for memory of other kinds; the codes of system limits.
  package final func openAnew() throws(SharedMemoryError) -> OwnedDescriptor {
    switch self {
    case let segment as Segment:
      if let object = segment.anonymous { return try Self.reopen(object.descriptor) }
      return try openNamed()
    case is BlockMemory: return try openNamed()
    // SAFETY: the chunk is valid for as long as the block is.
    case let block as ArenaBlock: return try Self.reopen(unsafe block.chunk.descriptor)
    case let memory as MemoryTransfer: return try Self.reopen(memory.object.descriptor)
    default: throw SharedMemoryError(.mismatch, detail: "memory of this kind has no file of its own")
    }
  }

  private static func reopen(
    _ descriptor: borrowing OwnedDescriptor
  ) throws(SharedMemoryError) -> OwnedDescriptor {
    do throws(SystemError) { return try descriptor.reopened() } catch {
      throw SharedMemoryError(error, name: nil)
    }
  }

  private func openNamed() throws(SharedMemoryError) -> OwnedDescriptor {
    guard let name else {
      throw SharedMemoryError(.mismatch, detail: "a mapped file has no participants")
    }
    let opened = try NameLifecycle.open(name, .readWrite)
    guard opened.status.identity == identity else { throw SharedMemoryError(.notFound, name: name) }
    return opened.takeDescriptor()
  }
}
