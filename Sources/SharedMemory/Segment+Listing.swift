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
    var segments: [SegmentInfo] = []
    for name in try NameLifecycle.sweep().sorted() {
      if let info = try info(name) { segments.append(info) }
    }
    return segments
  }

  /// Removes the name of a segment, whoever uses it; the memory stays until every process has detached.
  ///
  /// - Throws: `notFound`; `notASegment` for an object that this package has not made.
  package static func unlink(_ name: String) throws(SharedMemoryError) {
    try SegmentName.check(name)
    try NameLifecycle.unlink(name)
  }

  /// Nil if the name does not lead to a segment of this user.
  private static func info(_ name: String) throws(SharedMemoryError) -> SegmentInfo? {
    do throws(SharedMemoryError) {
      let found = try translatingErrors(of: name) { () throws(SystemError) in
        try SharedMemoryDirectory.status(of: name)
      }
      guard found.isRegularFile, found.owner == currentUser() else { return nil }
      let opened = try NameLifecycle.open(name, .readOnly)
      let control = try readControlPage(
        of: opened.descriptor, name: name, byteCount: opened.status.byteCount)
      return SegmentInfo(
        name: name, byteCount: control.dataByteCount,
        allocatedByteCount: opened.status.allocatedByteCount, lifetime: control.lifetime,
        creator: control.creator)
    } catch {
      if error.saysThereIsNoSegment { return nil }
      throw error
    }
  }
}

extension SharedMemoryError {
  /// Whether the name leads to nothing that this user could attach.
  // Out of line: inlined into its caller, the optimiser of Swift 6.3 ends in an assertion of its own.
  @inline(never)
  fileprivate var saysThereIsNoSegment: Bool {
    [.notFound, .notASegment, .notARegularFile].contains(code)
      || underlying?.code == ErrorCode.accessDenied
  }
}
