internal import SharedArraysSystem
package import SharedArraysTransfer

/// A reference to memory of one process that its workers receive as bytes. It serves work that is
/// distributed more often than memory is mapped.
///
/// A worker first looks for an existing mapping of the memory (``MappingCache``), which takes no
/// system call. Otherwise it opens the object by its name, or by the other process's descriptor of
/// it. That process must keep the memory until then.
package struct MemoryReference: BitwiseTransferable, Transferable, BitwiseCopyable {
  private static let longestName = 255

  /// The process that created the reference.
  package let process: Int
  /// That process's descriptor of an unnamed object; -1 for a named one.
  private let descriptor: CInt
  private let nameByteCount: Int
  private var nameBytes = InlineArray<255, UInt8>(repeating: 0)
  private let device, inode: UInt64
  private let place: SentPlace

  /// Creates a reference to memory that other processes can map for reading and writing. The result
  /// is nil for other memory, such as a mapped file, and for memory whose name no longer leads to
  /// it.
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
    // The other process might still write to the memory after this process's arrays have released
    // it, so the memory must not be reused.
    switch owner {
    case let segment as Segment:
      guard let object = segment.anonymous else { return nil }
      object.isSent = true
      descriptor = object.descriptor.rawValue
      place = SentPlace(
        objectByteCount: object.byteCount, offset: segment.control.dataOffset, byteCount: segment.byteCount)
    case let block as ArenaBlock:
      block.isSent = true
      // SAFETY: the chunk exists at least as long as its blocks.
      let chunk = unsafe block.chunk
      descriptor = chunk.descriptor.rawValue
      place = SentPlace(
        objectByteCount: chunk.byteCount, offset: block.offset, byteCount: block.byteCount)
    case let memory as MemoryTransfer:
      descriptor = memory.object.descriptor.rawValue
      place = memory.place
    default: return nil
    }
  }

  /// Returns the size of the object behind a name, or nil unless the name leads to that object and
  /// it can be opened for writing.
  private static func byteCount(of name: String, _ identity: FileIdentity) -> Int? {
    guard let descriptor = try? OwnedDescriptor.openSharedMemory(named: name, .readWrite),
      let status = try? descriptor.status(), status.identity == identity
    else { return nil }
    return status.byteCount
  }

  /// Maps the memory, unless it is still mapped.
  ///
  /// - Throws: `system` if the object cannot be opened or is no longer the same one; `invalidValue`
  ///   if the memory does not lie within it.
  package func owner() throws(TransferError) -> MemoryOwner {
    let identity = FileIdentity(device: device, inode: inode)
    // The mapping keeps the object's identity from being reused for another object.
    if let known = MappingCache.object(identity, byteCount: place.objectByteCount) {
      return try MemoryTransfer(known, place)
    }
    let object: SentObject
    do throws(SystemError) {
      let descriptor = try open()
      let status = try descriptor.status()
      // Named memory cannot be sealed. A process that shrinks it also harms the process that
      // created the reference.
      guard status.identity == identity, place.isWithin(status.byteCount),
        nameByteCount > 0 || descriptor.isSealedAgainstShrinking
      else { throw SystemError(call: "fstat", code: ErrorCode.invalid) }
      object = try SentObject(descriptor, identity, byteCount: place.objectByteCount)
    } catch {
      throw TransferError(.system, "memory of an array, \(place.objectByteCount) bytes", underlying: error)
    }
    MappingCache.keep(object)
    return try MemoryTransfer(object, place)
  }

  private func open() throws(SystemError) -> OwnedDescriptor {
    if nameByteCount == 0 { return try .openFile("/proc/\(process)/fd/\(descriptor)", .readWrite) }
    let name = String(decoding: (0..<nameByteCount).map { nameBytes[$0] }, as: UTF8.self)
    return try .openSharedMemory(named: name, .readWrite)
  }
}
