public import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer

/// An object in shared memory by which processes synchronize or communicate: a mutex, an event, a
/// value, and so on.
///
/// Each is a handle, and copies of the handle refer to the same object. Handles are also what other
/// processes receive: by a fork, as an argument or a result of a worker, or as an item of a queue.
///
/// Permits of a semaphore, shares of a read-write lock and the place at a barrier belong to a
/// handle and its copies. A handle that the same process creates separately (by name, in the
/// object's block, or by decoding) participates on its own. Give a permit or a share back with the
/// handle that took it, or with a copy of it. When the last copy is released, other processes get
/// what it still held.
public protocol SharedObject: Transferable {
  /// The kind of the object.
  static var objectKind: SharedObjectKind { get }
  /// The memory of the object.
  var object: SharedObjectMemory { get }
  /// Creates a handle for an object whose kind has been checked.
  init(_ object: SharedObjectMemory) throws(SharedMemoryError)
}

extension SharedObject {
  /// Maps the object that a process has created under `name`.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, or `mismatch` if the name leads to
  ///   something else.
  public static func attach(_ name: String) throws(SharedMemoryError) -> Self {
    let segment = try Segment.attach(name, kind: .lock, access: .readWrite).segment
    return try Self(SharedObjectMemory(in: segment, at: 0, objectKind))
  }

  /// Attaches the object in a block.
  ///
  /// - Throws: ``SharedMemoryError`` with code `mismatch` if the block has no object of this kind
  ///   there, `tooSmall`, `misaligned`.
  public init(attachedTo block: SharedBlock, byteOffset: Int = 0) throws(SharedMemoryError) {
    guard let memory = block.memory else { fatalError("The block \(block.name) has been detached.") }
    try self.init(SharedObjectMemory(in: memory, at: byteOffset, Self.objectKind))
  }

  /// Removes a name. Processes that have attached the object can continue to use it.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`.
  public static func unlink(_ name: String) throws(SharedMemoryError) { try Segment.unlink(name) }

  /// Removes this object's name, unless it leads to another object.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound` if the object has no name.
  public func unlink() throws(SharedMemoryError) { try object.memory.unlink() }

  /// The name under which the object was created or attached; nil for an unnamed object.
  public var name: String? { object.memory.name }

  /// Appends the information that another process needs to map the object.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try object.memory.encode(into: &writer)
    try writer.encode(object.offset)
  }

  /// Maps an object that ``encode(into:)`` described.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Self {
    let memory = try MemoryOwner.decode(from: &reader, access: .readWrite)
    let offset = try reader.decode(Int.self)
    do throws(SharedMemoryError) {
      return try Self(SharedObjectMemory(in: memory, at: offset, objectKind))
    } catch {
      throw TransferError(.invalidValue, error.description)
    }
  }
}
