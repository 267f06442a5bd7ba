internal import SystemLayer

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
  private let descriptor: OwnedDescriptor

  /// Creates and reserves the object.
  init(byteCount: Int) throws(SharedMemoryError) {
    do throws(ReservationError) {
      let descriptor = try Self.system { () throws(SystemError) in
        try OwnedDescriptor.anonymousMemory(label: "sharedarrays-arena")
      }
      let identity = try Self.system { () throws(SystemError) in
        try descriptor.setSize(byteCount)
        return try descriptor.status().identity
      }
      let mapping = try Self.system { () throws(SystemError) in
        try MemoryMapping(
          of: descriptor, byteCount: byteCount, access: .readWrite,
          alignment: Reservation.alignment(for: byteCount))
      }
      let reservation = try Reservation(of: descriptor, mapping: mapping, byteCount: byteCount)
      try Self.system { () throws(SystemError) in try descriptor.sealSize() }
      self.byteCount = byteCount
      self.identity = identity
      isHuge = reservation.hugePageByteCount > 0
      unsafe address = mapping.address
      self.mapping = consume mapping
      self.descriptor = consume descriptor
    } catch {
      throw SharedMemoryError(error, name: nil, byteCount: byteCount)
    }
  }

  private static func system<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
  ) throws(ReservationError) -> Result {
    do throws(SystemError) { return try body() } catch { throw .system(error) }
  }
}
