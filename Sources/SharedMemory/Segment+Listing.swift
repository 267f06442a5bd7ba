internal import SystemLayer

/// A named segment as /dev/shm shows it.
public struct SegmentInfo: Hashable, Sendable {
  /// The name to attach it by.
  public let name: String
  /// Bytes of data.
  public let byteCount: Int
  /// Bytes of memory it occupies, with header and control page.
  public let allocatedByteCount: Int
  /// When its name goes.
  public let lifetime: SegmentLifetime
  /// The process that created it, which may have ended.
  public let creator: Int

  /// The named segments of this user, by name. Temporary ones that no process holds any more are removed
  /// first.
  ///
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  /// - Complexity: about ten system calls for each name in /dev/shm.
  public static func list() throws(SharedMemoryError) -> [SegmentInfo] {
    try Segment.list()
  }
}

extension Segment {
  package static func list() throws(SharedMemoryError) -> [SegmentInfo] {
    try NameLifecycle.sweep().sorted().compactMap(info)
  }

  /// Removes the name of a segment, whoever uses it; the memory stays until every process has detached.
  ///
  /// - Throws: `notFound`; `notASegment` for an object that this package has not made.
  package static func unlink(_ name: String) throws(SharedMemoryError) {
    try SegmentName.check(name)
    try NameLifecycle.unlink(name)
  }

  private static func info(_ name: String) -> SegmentInfo? {
    guard let descriptor = try? OwnedDescriptor.openSharedMemory(named: name, .readOnly),
      let status = try? descriptor.status(), status.isRegularFile, status.owner == currentUser(),
      let control = try? readControlPage(of: descriptor, name: name, byteCount: status.byteCount)
    else { return nil }
    return SegmentInfo(
      name: name, byteCount: control.dataByteCount, allocatedByteCount: status.allocatedByteCount,
      lifetime: control.lifetime, creator: control.creator)
  }
}
