internal import SharedArraysSystem

/// A named object of raw bytes in shared memory that this process can only read.
/// ``SharedBlock/attach(_:access:)`` returns one.
public struct ReadOnlySharedBlock: Sendable {
  package let memory: BlockMemory

  init(_ memory: BlockMemory) { self.memory = memory }

  /// The name by which other processes attach the block.
  public var name: String { memory.name ?? "" }

  /// The size of the block in bytes.
  public var byteCount: Int { memory.byteCount }
}
