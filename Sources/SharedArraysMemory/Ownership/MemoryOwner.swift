package import SharedArraysSystem

/// An object that keeps the memory of arrays mapped: a segment, a block of an arena, or a raw
/// block. The memory is returned when the last reference is released.
@usableFromInline
@safe package class MemoryOwner: @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init. The mapped bytes are shared with
  // other processes, so their writers must synchronize in any case.
  //
  // SAFETY: each subclass passes addresses within memory that it keeps mapped until its deinit.

  /// The start of the data.
  @usableFromInline package final let data: UnsafeMutableRawPointer
  /// The number of bytes of data.
  package final let byteCount: Int
  /// The address at which the whole object is mapped. Two addresses for one object mean two
  /// mappings of it.
  package final let mappedAddress: UnsafeMutableRawPointer
  /// The identity of the kernel object that contains the memory.
  package final let identity: FileIdentity
  package final let access: MappingAccess
  /// Whether this is the mapping that the object's creator made. An object has only one such
  /// mapping, so two originals never share bytes at two addresses.
  @usableFromInline package final let isOriginal: Bool

  init(
    data: UnsafeMutableRawPointer, byteCount: Int, mappedAddress: UnsafeMutableRawPointer,
    identity: FileIdentity, access: MappingAccess, isOriginal: Bool
  ) {
    self.isOriginal = isOriginal
    unsafe self.data = data
    self.byteCount = byteCount
    unsafe self.mappedAddress = mappedAddress
    self.identity = identity
    self.access = access
  }

  /// The name in /dev/shm; nil for unnamed memory and for a mapped file.
  package var name: String? { nil }

  /// The number of bytes in huge pages; nil for memory that this process did not create.
  package var hugePageByteCount: Int? { nil }

  /// Removes the name. The memory stays until every process has detached.
  ///
  /// - Throws: `notFound` if the memory has no name, or the name no longer exists or leads to
  ///   another object.
  package func unlink() throws(SharedMemoryError) {
    throw SharedMemoryError(.notFound, detail: "unnamed memory has no name to remove")
  }

  /// Writes the changes of a mapped file to its storage. Does nothing for other memory.
  package func flush() throws(SharedMemoryError) {}

  /// Returns whether writes to this memory might appear in the other memory at another address,
  /// because both belong to one object that is mapped twice. Addresses then do not show whether the
  /// two overlap.
  @inlinable
  package final func isMappedApart(from other: MemoryOwner) -> Bool {
    if self === other || isOriginal && other.isOriginal { return false }
    return isSecondMapping(of: other)
  }

  @usableFromInline
  final func isSecondMapping(of other: MemoryOwner) -> Bool {
    if identity != other.identity { return false }
    // Writes to a private copy are invisible elsewhere. Until a page of the copy is written,
    // however, it shows writes to the file.
    if access == .copyOnWrite { return false }
    return unsafe mappedAddress != other.mappedAddress
  }
}
