internal import CSharedArraysShims

/// New pages in the place of old ones, for memory that shall be near those who use it: the kernel takes a page from the node of
/// the thread that asks for it first.
package enum PageRenewal {
  /// Gives back the pages of a part of a shared object and takes others for it, all zero, in huge pages where the kernel can.
  ///
  /// A process that is killed here leaves a part without pages: zeros, which the next access takes memory for.
  ///
  /// - Parameters:
  ///   - address: of a whole page, of a huge one if the part shall lie in those.
  ///   - byteCount: whole pages.
  /// - Throws: what `madvise` refuses, above all memory that there is no more of.
  package static func renew(_ address: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    if byteCount == 0 { return }
    _ = try systemCall("madvise(MADV_REMOVE)") { unsafe cshims_remove_pages(address, byteCount) }
    let huge = UInt(bitPattern: address) % UInt(hugePageSize) == 0 ? byteCount / hugePageSize : 0
    if huge > 0, hugePageSize > pageSize {
      // One page of each extent is enough for the kernel to make it a huge one; where it cannot, small ones will do.
      for extent in 0..<huge { try unsafe populate(address + extent * hugePageSize, byteCount: pageSize) }
      _ = unsafe cshims_collapse(address, huge * hugePageSize)
    }
    try unsafe populate(address, byteCount: byteCount)
  }

  private static func populate(_ address: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    _ = try systemCall("madvise(MADV_POPULATE_WRITE)") { unsafe cshims_populate(address, byteCount) }
  }
}
