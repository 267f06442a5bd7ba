internal import SharedArraysSystem
public import SharedArraysTransfer

/// A block is sent to another process by its name. The receiver attaches it, and nothing is copied.
///
/// The sender keeps its handle until the receiver has attached the block.
extension SharedBlock: Transferable {
  /// Appends the name and the identity of the object, by which the receiver checks that the name
  /// still leads to it.
  ///
  /// - Throws: `refused` if this handle has been detached.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    guard let memory else { throw TransferError(.refused, "a detached block cannot be transferred") }
    try memory.encode(into: &writer)
  }

  /// Attaches the block.
  ///
  /// - Throws: `invalidValue` if the name no longer exists or leads to another object.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> SharedBlock {
    guard let memory = try MemoryOwner.decode(from: &reader, access: .readWrite) as? BlockMemory else {
      throw TransferError(invalidValue: "memory that is not a block")
    }
    return SharedBlock(attached: memory)
  }
}
