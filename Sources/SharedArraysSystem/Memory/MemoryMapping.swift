internal import CSharedArraysShims
internal import Synchronization

/// One process's mapping of a file or shared memory object, unmapped when its owner is destroyed.
///
/// A page past the end of the file might be part of the mapping (see `Reservation`). Touching it
/// raises SIGBUS, so users stay within the size of the object.
@safe package struct MemoryMapping: ~Copyable {
  package let address: UnsafeMutableRawPointer
  package let byteCount: Int

  /// Maps the file from its start.
  ///
  /// - Parameter alignment: The alignment of the address, a power of two. Huge pages need their own
  ///   size; the page size costs nothing. `byteCount` is rounded up to a multiple of it.
  package init(
    of descriptor: borrowing OwnedDescriptor, byteCount: Int, access: MappingAccess, alignment: Int = pageSize
  ) throws(SystemError) {
    // Rounding up overflows for a very large sparse file, which fits no address space anyway.
    guard byteCount <= Int.max - alignment else { throw SystemError(call: "mmap", code: ErrorCode.noMemory) }
    let count = roundUp(byteCount, to: alignment)
    let file = descriptor.rawValue
    var address: UnsafeMutableRawPointer?
    if alignment > pageSize {
      // The address of the last aligned mapping that was unmapped is most likely free. Using it
      // saves three of four system calls.
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

  /// Maps zeroed memory that children forked later share.
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

  /// Replaces the mapping of a shared object by one through another open file description. This
  /// releases what the old description held, such as a lock. The memory stays as it is, for other
  /// threads too.
  package static func replace(
    at address: UnsafeMutableRawPointer, byteCount: Int, by descriptor: borrowing OwnedDescriptor,
    access: MappingAccess
  ) throws(SystemError) {
    let file = descriptor.rawValue
    _ = try systemCall("mmap") { unsafe cshims_map_again(file, byteCount, access.rawValue, address) }
  }

  /// Writes the changes of a mapped file to its storage. The corresponding C function is `msync`.
  package func synchronize() throws(SystemError) {
    _ = try systemCall("msync") { unsafe cshims_sync_mapping(address, byteCount) }
  }

  /// Replaces the small pages of a range by huge ones. The corresponding C function is `madvise`
  /// with `MADV_COLLAPSE`.
  func collapse(first byteCount: Int) throws(SystemError) {
    _ = try systemCall("madvise(MADV_COLLAPSE)") { unsafe cshims_collapse(address, byteCount) }
  }
}

private let freedAddress = Atomic<UInt>(0)

/// The number of bytes of a page on the machines this package runs on.
package let pageSize = 4096

@inlinable package func roundUp(_ value: Int, to multiple: Int) -> Int {
  (value + multiple - 1) & ~(multiple - 1)
}
