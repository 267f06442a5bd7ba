internal import CSharedArraysShims
internal import Synchronization

/// One process's view of a file or shared memory object, unmapped when its owner goes away.
///
/// A page past the end of the file may be part of the mapping (see `Reservation`); touching it is SIGBUS, so
/// users keep to the size of the object.
@safe package struct MemoryMapping: ~Copyable {
  package let address: UnsafeMutableRawPointer
  package let byteCount: Int

  /// Maps the file from its start.
  ///
  /// - Parameter alignment: a power of two that the address is a multiple of. Huge pages need one of their
  ///   size; the page size costs nothing. `byteCount` is rounded up to a multiple of it.
  package init(
    of descriptor: borrowing OwnedDescriptor, byteCount: Int, access: MappingAccess, alignment: Int = pageSize
  ) throws(SystemError) {
    // A sparse file can be so large that rounding up overflows; no address space is.
    guard byteCount <= Int.max - alignment else { throw SystemError(call: "mmap", code: ErrorCode.noMemory) }
    let count = roundUp(byteCount, to: alignment)
    let file = descriptor.rawValue
    var address: UnsafeMutableRawPointer?
    if alignment > pageSize {
      // The address of the last aligned mapping that went away is most likely free and saves three of four
      // system calls.
      let hint = unsafe UnsafeMutableRawPointer(bitPattern: freedAddress.exchange(0, ordering: .relaxed))
      _ = try systemCall("mmap") {
        unsafe hint == nil
          ? cshims_map_aligned(file, count, access.rawValue, alignment, &address)
          : cshims_map(file, count, access.rawValue, hint, &address)
      }
      if UInt(bitPattern: address) & UInt(alignment - 1) != 0 {
        _ = unsafe cshims_unmap(address!, count)
        _ = try systemCall("mmap") {
          unsafe cshims_map_aligned(file, count, access.rawValue, alignment, &address)
        }
      }
    } else {
      _ = try systemCall("mmap") { unsafe cshims_map(file, count, access.rawValue, nil, &address) }
    }
    // SAFETY: the call succeeded, so it has stored the address of `count` mapped bytes.
    unsafe self.address = address!
    self.byteCount = count
  }

  /// Zeroed memory that children forked later share.
  package init(sharedWithChildren byteCount: Int) throws(SystemError) {
    let count = roundUp(max(byteCount, 1), to: pageSize)
    var address: UnsafeMutableRawPointer?
    _ = try systemCall("mmap") { unsafe cshims_map_anonymous(count, &address) }
    // SAFETY: as above.
    unsafe self.address = address!
    self.byteCount = count
  }

  deinit {
    _ = unsafe cshims_unmap(address, byteCount)
    let start = unsafe UInt(bitPattern: address)
    if byteCount >= hugePageSize, start & UInt(hugePageSize - 1) == 0 {
      freedAddress.store(start, ordering: .relaxed)
    }
  }

  /// Maps a shared object once more in the place of its mapping, by another open file description: what the old one held, such
  /// as a lock, goes, and the memory stays as it is, for other threads too.
  package static func replace(
    at address: UnsafeMutableRawPointer, byteCount: Int, by descriptor: borrowing OwnedDescriptor,
    access: MappingAccess
  ) throws(SystemError) {
    let file = descriptor.rawValue
    _ = try systemCall("mmap") { unsafe cshims_map_again(file, byteCount, access.rawValue, address) }
  }

  /// Writes a mapped file's changes to its storage. The corresponding C function is `msync`.
  package func synchronize() throws(SystemError) {
    _ = try systemCall("msync") { unsafe cshims_sync_mapping(address, byteCount) }
  }

  /// Replaces the small pages of a range by huge ones. The corresponding C function is `madvise` with
  /// `MADV_COLLAPSE`.
  func collapse(first byteCount: Int) throws(SystemError) {
    _ = try systemCall("madvise(MADV_COLLAPSE)") { unsafe cshims_collapse(address, byteCount) }
  }
}

private let freedAddress = Atomic<UInt>(0)

/// Bytes of a page on the machines this package runs on.
package let pageSize = 4096

@inlinable package func roundUp(_ value: Int, to multiple: Int) -> Int {
  (value + multiple - 1) & ~(multiple - 1)
}
