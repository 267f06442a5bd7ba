internal import SharedArraysSystem

/// The description of a named segment in /dev/shm: an array, a queue, or another object.
public struct SegmentInfo: Hashable, Sendable {
  /// The name by which a process attaches the segment.
  public let name: String
  /// The number of bytes of data.
  public let byteCount: Int
  /// The size of the whole object in bytes: header, data and control page.
  public let totalByteCount: Int
  /// The number of bytes of memory that the object occupies, including header and control page.
  public let allocatedByteCount: Int
  /// The lifetime of the segment's name.
  public let lifetime: SegmentLifetime
  /// The process that created the segment; it might have ended.
  public let creator: Int
  /// Random bits that distinguish this segment from an earlier one of the same name.
  public let generation: UInt64
  /// The ID of the user who owns the segment.
  public let owner: UInt32
  /// The permission bits, such as 0o600.
  public let permissions: UInt32
  /// The kind of the contents.
  package let kind: SegmentKind
  /// The time when the segment was created or last resized, in seconds since 1970.
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

  /// Returns the named segments of this user, sorted by name. First removes temporary segments that
  /// no process holds any more.
  ///
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  /// - Complexity: About ten system calls for each name in /dev/shm.
  public static func list() throws(SharedMemoryError) -> [SegmentInfo] {
    try Segment.list()
  }
}
