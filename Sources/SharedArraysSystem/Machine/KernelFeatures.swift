internal import CSharedArraysShims

/// Probes of features that the kernel might lack. Each throws the kernel's error.
package enum KernelFeatures {
  /// Opens a pidfd of this process. The corresponding C function is `pidfd_open`.
  package static func openOwnPidfd() throws(SystemError) {
    _ = OwnedDescriptor(owning: try systemCall("pidfd_open") { cshims_pidfd_open(cshims_getpid()) })
  }

  /// Puts one unnamed object into a huge page, temporarily. The corresponding C function is
  /// `madvise` with `MADV_COLLAPSE`.
  package static func collapseHugePage() throws(SystemError) {
    let descriptor = try OwnedDescriptor.anonymousMemory(label: "sharedarray-probe")
    try descriptor.setSize(hugePageSize)
    let file = descriptor.rawValue
    _ = try systemCall("fallocate") { cshims_allocate(file, 0, Int64(pageSize)) }
    let mapping = try MemoryMapping(
      of: descriptor, byteCount: hugePageSize, access: .readWrite, alignment: hugePageSize)
    try mapping.collapse(first: hugePageSize)
  }
}
