internal import SharedArraysSystem

/// A named segment, be it an array, a queue, or another object, as /dev/shm shows it.
public struct SegmentInfo: Hashable, Sendable {
  /// The name to attach it by.
  public let name: String
  /// Bytes of data.
  public let byteCount: Int
  /// Bytes of the whole object: header, data and control page.
  public let totalByteCount: Int
  /// Bytes of memory it occupies, with header and control page.
  public let allocatedByteCount: Int
  /// When its name goes.
  public let lifetime: SegmentLifetime
  /// The process that created it, which may have ended.
  public let creator: Int
  /// Random bits that tell it from an earlier segment of the same name.
  public let generation: UInt64
  /// The number of the user it belongs to.
  public let owner: UInt32
  /// The permission bits, such as 0o600.
  public let permissions: UInt32
  /// What it holds.
  package let kind: SegmentKind
  /// When it was created, or its size was last changed, in seconds since 1970.
  public let modified: Int

  init(name: String, status: FileStatus, control: ControlPage) {
    self.name = name
    byteCount = control.dataByteCount
    totalByteCount = status.byteCount
    allocatedByteCount = status.allocatedByteCount
    lifetime = control.lifetime
    creator = control.creator
    generation = control.generation
    owner = status.owner
    permissions = status.permissions
    modified = status.modified
    kind = control.kind
  }

  /// The named segments of this user, by name. Temporary ones that no process holds any more are removed
  /// first.
  ///
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  /// - Complexity: about ten system calls for each name in /dev/shm.
  public static func list() throws(SharedMemoryError) -> [SegmentInfo] {
    try Segment.list()
  }
}
