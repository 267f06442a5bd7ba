package import SharedArraysSystem

/// Keeps the memory of arrays mapped: a segment, a block of an arena, a raw block. The memory is given back
/// when the last reference goes away.
@usableFromInline
@safe package class MemoryOwner: @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init. The mapped bytes are shared with other
  // processes anyway, so what they hold is the business of those who write them.

  /// Where the data begins.
  @usableFromInline package final let data: UnsafeMutableRawPointer
  /// Bytes of data.
  package final let byteCount: Int
  /// Where the whole object is mapped. One object at two addresses has been mapped twice.
  package final let mappedAddress: UnsafeMutableRawPointer
  /// The object of the kernel's that the memory belongs to.
  package final let identity: FileIdentity
  package final let access: MappingAccess
  /// Whether this is where its creator mapped it; an object has one such place, so two originals never share bytes at two addresses.
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

  /// Bytes that lie in huge pages; nil for memory that this process did not create.
  package var hugePageByteCount: Int? { nil }

  /// Removes the name; the memory stays until every process has detached.
  ///
  /// - Throws: `notFound` if there is none, or it is gone, or leads to another object by now.
  package func unlink() throws(SharedMemoryError) {
    throw SharedMemoryError(.notFound, detail: "unnamed memory has no name to remove")
  }

  /// Writes a mapped file's changes to its storage; of other memory nothing.
  package func flush() throws(SharedMemoryError) {}

  /// Whether what is written here may appear in the other memory because both belong to the same object, mapped at two
  /// addresses: then addresses do not tell whether the two overlap.
  @inlinable
  package final func isMappedApart(from other: MemoryOwner) -> Bool {
    if self === other || isOriginal && other.isOriginal { return false }
    return isSecondMapping(of: other)
  }

  @usableFromInline
  final func isSecondMapping(of other: MemoryOwner) -> Bool {
    if identity != other.identity { return false }
    // What is written to a private copy is nobody else's; but its pages show what is written to the file until they are.
    if access == .copyOnWrite { return false }
    return unsafe mappedAddress != other.mappedAddress
  }
}
