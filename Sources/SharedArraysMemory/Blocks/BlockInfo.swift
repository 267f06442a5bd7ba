internal import SharedArraysSystem

/// The description of a file in /dev/shm that is not a segment of this package: a block of this
/// package or of Python, or a file of another program.
public struct BlockInfo: Hashable, Sendable {
  /// The name by which a process attaches the block.
  public let name: String
  /// The size of the block in bytes.
  public let byteCount: Int
  /// The number of bytes of memory that the block occupies. It is less than `byteCount` if the
  /// creator has not reserved the memory.
  public let allocatedByteCount: Int
}
