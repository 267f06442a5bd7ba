internal import SharedArraysSystem

extension SharedBlock {
  /// Returns the blocks of this user, sorted by name: every regular file in /dev/shm that is
  /// neither a segment, for which see ``SegmentInfo/list()``, nor a named semaphore.
  ///
  /// This removes no file, because nothing in a block identifies the program that created it.
  ///
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  /// - Complexity: About four system calls for each name in /dev/shm.
  public static func list() throws(SharedMemoryError) -> [BlockInfo] {
    let names = try translatingErrors(of: nil) { () throws(SystemError) in try SharedMemoryDirectory.names() }
    return names.sorted().compactMap(info)
  }

  /// Describes a block, or returns nil if the name does not lead to a block of this user.
  private static func info(_ name: String) -> BlockInfo? {
    // The prefix of glibc's named semaphores.
    if name.hasPrefix("sem.") || name.hasPrefix(SegmentName.hiddenPrefix) { return nil }
    guard let found = try? SharedMemoryDirectory.status(of: name), found.isRegularFile,
      found.owner == currentUser(), let opened = try? NameLifecycle.open(name, .readOnly),
      (try? BlockMemory.refuseSegment(opened.descriptor, name, byteCount: opened.status.byteCount)) != nil
    else { return nil }
    return BlockInfo(
      name: name, byteCount: opened.status.byteCount, allocatedByteCount: opened.status.allocatedByteCount)
  }
}
