internal import SharedArraysSystem

/// A file in /dev/shm that is no array of this package: a block, ours or Python's, or what another program has
/// put there.
public struct BlockInfo: Hashable, Sendable {
  /// The name to attach it by.
  public let name: String
  /// Bytes of the block.
  public let byteCount: Int
  /// Bytes of memory it occupies; less than `byteCount` where another language has not reserved it.
  public let allocatedByteCount: Int
}

extension SharedBlock {
  /// The blocks of this user, by name: every regular file in /dev/shm that is neither an array, which
  /// ``SegmentInfo/list()`` tells, nor a named semaphore.
  ///
  /// Nothing in them says which program made them, so nothing is removed here.
  ///
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  /// - Complexity: about four system calls for each name in /dev/shm.
  public static func list() throws(SharedMemoryError) -> [BlockInfo] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    return names.sorted().compactMap(info)
  }

  /// Nil if the name does not lead to a block of this user.
  private static func info(_ name: String) -> BlockInfo? {
    // glibc's named semaphores are files of that name.
    if name.hasPrefix("sem.") || name.hasPrefix(SegmentName.hiddenPrefix) { return nil }
    guard let found = try? SharedMemoryDirectory.status(of: name), found.isRegularFile,
      found.owner == currentUser(), let opened = try? NameLifecycle.open(name, .readOnly),
      (try? BlockMemory.refuseSegment(opened.descriptor, name, byteCount: opened.status.byteCount)) != nil
    else { return nil }
    return BlockInfo(
      name: name, byteCount: opened.status.byteCount, allocatedByteCount: opened.status.allocatedByteCount)
  }
}
