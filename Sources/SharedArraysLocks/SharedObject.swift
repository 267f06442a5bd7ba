public import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer

/// Where a lock, or another object that processes share, has its memory.
public struct SharedObjectPlace: Sendable {
  enum Kind: Sendable {
    case unnamed
    case named(String, SegmentLifetime)
    case generated(SegmentLifetime)
    case on(SharedBlock, byteOffset: Int)
  }

  let kind: Kind

  /// In memory without a name: forked workers inherit the object, and others get it as an argument.
  public static let unnamed = SharedObjectPlace(kind: .unnamed)

  /// Under a new name, by which other programs find it. Names, lifetimes, and what becomes of them after a crash are those of
  /// arrays: see `SharedArray.create`.
  public static func named(_ name: String, lifetime: SegmentLifetime = .temporary) -> SharedObjectPlace {
    SharedObjectPlace(kind: .named(name, lifetime))
  }

  /// Under a free name, which the object tells.
  public static func generatedName(lifetime: SegmentLifetime = .temporary) -> SharedObjectPlace {
    SharedObjectPlace(kind: .generated(lifetime))
  }

  /// In a block, from a multiple of 64 on, where nothing else is.
  public static func on(_ block: SharedBlock, byteOffset: Int = 0) -> SharedObjectPlace {
    SharedObjectPlace(kind: .on(block, byteOffset: byteOffset))
  }
}

/// An object in shared memory that processes wait at or agree by: a mutex, an event, a value, and so on.
///
/// Each is a handle: copies of it mean the same object. It crosses to other processes as a handle, too: by a fork, as an argument
/// or a result of a worker, or as an item of a queue.
///
/// What a process has of a semaphore or a read-write lock, and its place at a barrier, belong to a handle and its copies. One that
/// the same process makes anew, by its name, in its block, or by decoding it, takes part on its own: give a permit or a share back
/// by the handle that took it, or by a copy. When the last copy goes, others get what it still had.
public protocol SharedObject: Transferable {
  /// What kind of object it is.
  static var objectKind: SharedObjectKind { get }
  /// Its memory.
  var object: SharedObjectMemory { get }
  /// A handle for an object whose kind has been checked.
  init(_ object: SharedObjectMemory) throws(SharedMemoryError)
}

/// Tells one kind of object from another in memory.
public struct SharedObjectKind: Hashable, Sendable {
  let number: UInt32
  let text: String

  static let mutex = SharedObjectKind(number: 1, text: "mutex")
  static let value = SharedObjectKind(number: 2, text: "value")
  static let condition = SharedObjectKind(number: 3, text: "condition")
  static let event = SharedObjectKind(number: 4, text: "event")
  static let atomic = SharedObjectKind(number: 5, text: "atomic")
  static let semaphore = SharedObjectKind(number: 6, text: "semaphore")
  static let barrier = SharedObjectKind(number: 7, text: "barrier")
  static let readWriteLock = SharedObjectKind(number: 8, text: "read-write lock")
}

extension SharedObject {
  /// Maps the object that some process has created under `name`.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, or `mismatch` if the name leads to something else.
  public static func attach(_ name: String) throws(SharedMemoryError) -> Self {
    let segment = try Segment.attach(name, kind: .lock, access: .readWrite).segment
    return try Self(SharedObjectMemory(in: segment, at: 0, objectKind))
  }

  /// The object that is in a block.
  ///
  /// - Throws: ``SharedMemoryError`` with code `mismatch` if none of this kind is there, `tooSmall`, `misaligned`.
  public init(attachedTo block: SharedBlock, byteOffset: Int = 0) throws(SharedMemoryError) {
    guard let memory = block.memory else { fatalError("The block \(block.name) has been detached.") }
    try self.init(SharedObjectMemory(in: memory, at: byteOffset, Self.objectKind))
  }

  /// Removes a name; processes that have the object keep it.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`.
  public static func unlink(_ name: String) throws(SharedMemoryError) { try Segment.unlink(name) }

  /// Removes this object's name, unless another one has it by now.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound` if it has none.
  public func unlink() throws(SharedMemoryError) { try object.memory.unlink() }

  /// The name it was created under or attached by; nil for an unnamed one.
  public var name: String? { object.memory.name }

  /// Appends what the other process needs to map the object.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try object.memory.encode(into: &writer)
    try writer.encode(object.offset)
  }

  /// Maps an object that ``encode(into:)`` told of.
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
