internal import CSharedArraysShims

// SAFETY: the caller has mapped the whole pages that it passes. Every call below stays within that
// range.

/// Replacement of the pages of a memory range, so that the new ones are on the NUMA node of the
/// threads that use them: the kernel takes a page from the node of the thread that touches it
/// first.
package enum PagePlacement {
  /// Frees the pages of a part of a shared object and allocates others for it, all zero, in huge
  /// pages where the kernel can.
  ///
  /// A process that is killed here leaves a part without pages. It reads as zeros, and the next
  /// access allocates memory for it.
  ///
  /// - Parameters:
  ///   - address: The address of a whole page; of a huge page if the part is meant to use huge
  ///     pages.
  ///   - byteCount: The number of bytes, a multiple of the page size.
  /// - Throws: The error of `madvise`, above all if no memory is left.
  package static func renew(_ address: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    if byteCount == 0 { return }
    _ = try systemCall("madvise(MADV_REMOVE)") { unsafe cshims_remove_pages(address, byteCount) }
    let huge = UInt(bitPattern: address) % UInt(hugePageSize) == 0 ? byteCount / hugePageSize : 0
    if huge > 0, hugePageSize > pageSize {
      // One page of each extent is enough for the kernel to make it a huge page. Where it cannot,
      // small pages are used.
      for extent in 0..<huge { try unsafe populate(address + extent * hugePageSize, byteCount: pageSize) }
      _ = unsafe cshims_collapse(address, huge * hugePageSize)
    }
    try unsafe populate(address, byteCount: byteCount)
  }

  private static func populate(_ address: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    _ = try systemCall("madvise(MADV_POPULATE_WRITE)") { unsafe cshims_populate(address, byteCount) }
  }
}
