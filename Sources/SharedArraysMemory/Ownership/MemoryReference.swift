internal import SharedArraysSystem
package import SharedArraysTransfer

/// Where memory of one process is, in a form that crosses to its workers as bytes: for work that is given out more often than
/// memory is mapped.
///
/// A worker looks first whether it has the memory mapped still (``KeptMappings``), which takes no system call; else it opens the
/// object by its name, or by the descriptor that the other process has of it. That process has to keep the memory until then.
package struct MemoryReference: RawTransferable, Transferable, BitwiseCopyable {
  private static let longestName = 255

  /// The process that made the reference.
  package let process: Int
  /// The descriptor it has of an unnamed object; -1 for one with a name.
  private let descriptor: CInt
  private let nameByteCount: Int
  private var nameBytes = InlineArray<255, UInt8>(repeating: 0)
  private let device, inode: UInt64
  private let place: SentPlace

  /// Refers to memory that other processes can map for reading and writing; nil for other memory, such as that of mapped files,
  /// and for memory whose name leads nowhere any more.
  package init?(_ owner: MemoryOwner) {
    process = currentProcess()
    (device, inode) = (owner.identity.device, owner.identity.inode)
    if let name = owner.name {
      guard owner.access != .copyOnWrite, name.utf8.count <= Self.longestName,
        let byteCount = Self.byteCount(of: name, owner.identity)
      else { return nil }
      descriptor = -1
      // SAFETY: the addresses are only subtracted.
      let offset = unsafe UnsafeRawPointer(owner.data) - UnsafeRawPointer(owner.mappedAddress)
      place = SentPlace(objectByteCount: byteCount, offset: offset, byteCount: owner.byteCount)
      nameByteCount = name.utf8.count
      for (index, byte) in name.utf8.enumerated() { nameBytes[index] = byte }
      return
    }
    nameByteCount = 0
    // The other process may still write to it when no array here has it any more, so it becomes nobody else's.
    switch owner {
    case let segment as Segment:
      guard let object = segment.anonymous else { return nil }
      object.isSent = true
      descriptor = object.descriptor.rawValue
      place = SentPlace(
        objectByteCount: object.byteCount, offset: segment.control.dataOffset, byteCount: segment.byteCount)
    case let block as ArenaBlock:
      block.isSent = true
      // SAFETY: the chunk stays at least as long as its blocks.
      let chunk = unsafe block.chunk
      descriptor = chunk.descriptor.rawValue
      place = SentPlace(
        objectByteCount: chunk.byteCount, offset: block.offset, byteCount: block.byteCount)
    case let memory as SentMemory:
      descriptor = memory.object.descriptor.rawValue
      place = memory.place
    default: return nil
    }
  }

  /// The size of the object to which a name leads; nil unless it is that one, and may be written.
  private static func byteCount(of name: String, _ identity: FileIdentity) -> Int? {
    guard let descriptor = try? OwnedDescriptor.openSharedMemory(named: name, .readWrite),
      let status = try? descriptor.status(), status.identity == identity
    else { return nil }
    return status.byteCount
  }

  /// Maps the memory, unless it is mapped still.
  ///
  /// - Throws: `system` if the object cannot be opened, `invalidValue` if it is another one by now.
  package func owner() throws(TransferError) -> MemoryOwner {
    let identity = FileIdentity(device: device, inode: inode)
    // What is mapped keeps its identity from passing to another object.
    if let known = KeptMappings.object(identity, byteCount: place.objectByteCount) {
      return try SentMemory(known, place)
    }
    let object: SentObject
    do throws(SystemError) {
      let descriptor = try open()
      let status = try descriptor.status()
      // Named memory cannot be sealed; whoever shrinks it harms the process that refers to it likewise.
      guard status.identity == identity, place.isWithin(status.byteCount),
        nameByteCount > 0 || descriptor.isSealedAgainstShrinking
      else { throw SystemError(call: "fstat", code: ErrorCode.invalid) }
      object = try SentObject(descriptor, identity, byteCount: place.objectByteCount)
    } catch {
      throw TransferError(.system, "memory of an array, \(place.objectByteCount) bytes", underlying: error)
    }
    KeptMappings.keep(object)
    return try SentMemory(object, place)
  }

  private func open() throws(SystemError) -> OwnedDescriptor {
    if nameByteCount == 0 { return try .openFile("/proc/\(process)/fd/\(descriptor)", .readWrite) }
    let name = String(decoding: (0..<nameByteCount).map { nameBytes[$0] }, as: UTF8.self)
    return try .openSharedMemory(named: name, .readWrite)
  }
}
