internal import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer

/// A queue is transferred to another process as a handle: both processes use the same queue.
extension SharedQueue: Transferable {
  /// Appends the data that the other process needs to map the queue.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try core.memory.encode(into: &writer)
    try writer.encode(core.offset)
    try writer.encode(core.channel != nil)
    if let channel = core.channel {
      try writer.encode(try writer.attach(descriptor: channel.sending.rawValue))
      try writer.encode(try writer.attach(descriptor: channel.receiving.rawValue))
    }
  }

  /// Maps a queue that ``encode(into:)`` has described.
  ///
  /// - Throws: `TransferError` with code `invalidValue` if the memory has no queue of such items.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> SharedQueue {
    let memory = try MemoryOwner.decode(from: &reader, access: .readWrite)
    let offset = try reader.decode(Int.self)
    var channel: DescriptorChannel?
    if try reader.decode(Bool.self) {
      let sending = try reader.takeOwnedDescriptor(at: try reader.decode(Int.self))
      let receiving = try reader.takeOwnedDescriptor(at: try reader.decode(Int.self))
      channel = DescriptorChannel(sending: sending, receiving: receiving)
    }
    do throws(QueueError) {
      return SharedQueue(
        try QueueCore.open(
          in: memory, at: offset, fingerprint: TypeFingerprint.of(Element.self), itemBytes: itemBytes,
          channel: channel))
    } catch {
      throw TransferError(.invalidValue, error.description)
    }
  }
}
