package import SharedArraysSystem
package import SharedArraysTransfer

/// Unnamed memory received from another process. Its object is mapped completely; this is a part of
/// it.
@safe final class MemoryTransfer: MemoryOwner, @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init.

  let place: SentPlace
  let object: SentObject

  /// Refers to a part of a mapped object.
  ///
  /// - Throws: `invalidValue` if the part does not lie within the object.
  init(_ object: SentObject, _ place: SentPlace) throws(TransferError) {
    guard place.isWithin(object.byteCount) else {
      throw TransferError(
        invalidValue: "bytes \(place.offset) to \(place.offset &+ place.byteCount) of \(object.byteCount)")
    }
    self.place = place
    self.object = object
    // SAFETY: the place lies within the object, which `object` keeps mapped.
    unsafe super.init(
      data: object.address + place.offset, byteCount: place.byteCount, mappedAddress: object.address,
      identity: object.identity, access: .readWrite, isOriginal: false)
  }

  /// Maps an object that was received as a descriptor, unless it is still mapped.
  ///
  /// - Throws: `system` if the object is shorter than the place requires, or could become shorter.
  static func mapping(
    _ descriptor: consuming OwnedDescriptor, _ place: SentPlace
  ) throws(TransferError) -> MemoryTransfer {
    let object: SentObject
    do throws(SystemError) {
      let status = try descriptor.status()
      if let known = MappingCache.object(status.identity, byteCount: place.objectByteCount) {
        object = known
      } else {
        guard place.isWithin(status.byteCount), descriptor.isSealedAgainstShrinking else {
          throw SystemError(call: "fstat", code: ErrorCode.invalid)
        }
        object = try SentObject(descriptor, status.identity, byteCount: place.objectByteCount)
        MappingCache.keep(object)
      }
    } catch {
      throw TransferError(.system, "memory of an array, \(place.objectByteCount) bytes", underlying: error)
    }
    return try MemoryTransfer(object, place)
  }
}

/// An object of another process that is mapped here completely.
@safe final class SentObject: @unchecked Sendable {
  // Why @unchecked: all stored properties are set once, in init.

  let descriptor: OwnedDescriptor
  let identity: FileIdentity
  private let mapping: MemoryMapping

  // SAFETY: `mapping` keeps the address mapped for as long as this object exists.
  var address: UnsafeMutableRawPointer { unsafe mapping.address }
  /// The number of bytes requested. They stay valid because the object cannot shrink.
  let byteCount: Int

  init(_ descriptor: consuming OwnedDescriptor, _ identity: FileIdentity, byteCount: Int) throws(SystemError)
  {
    mapping = try MemoryMapping(
      of: descriptor, byteCount: byteCount, access: .readWrite,
      alignment: Reservation.alignment(for: byteCount))
    self.descriptor = descriptor
    self.identity = identity
    self.byteCount = byteCount
  }
}

/// The location of data in an unnamed object.
struct SentPlace: BitwiseTransferable, Transferable {
  var objectByteCount: Int
  var offset: Int
  var byteCount: Int

  func isWithin(_ actual: Int) -> Bool {
    objectByteCount > 0 && actual >= objectByteCount && offset >= 0 && byteCount >= 0
      && offset <= objectByteCount && byteCount <= objectByteCount - offset && offset % 64 == 0
  }
}

/// An array or a block is sent to another process by its name, or by a descriptor of its object.
///
/// The receiver attaches named memory again, so the sender keeps its own reference until the memory
/// has been received. The identity of the object shows whether the name still leads to it.
extension MemoryOwner {
  private static let namedSegment: UInt8 = 1
  private static let namedBlock: UInt8 = 2
  private static let object: UInt8 = 3

  /// Appends the information that another process needs to map this memory.
  ///
  /// - Throws: `refused` for mapped files.
  package final func encode(into writer: inout TransferWriter) throws(TransferError) {
    switch self {
    case let segment as Segment:
      if let name = segment.name { return try encode(Self.namedSegment, name, into: &writer) }
      guard let object = segment.anonymous else {
        throw TransferError(
          .refused, "an array of a mapped file cannot be transferred; map the file in the receiver")
      }
      // The receiver might still write to the object after this process's arrays have released it.
      object.isSent = true
      let place = SentPlace(
        objectByteCount: object.byteCount, offset: segment.control.dataOffset, byteCount: segment.byteCount)
      try encode(object.descriptor, place, into: &writer)
    case let block as BlockMemory: try encode(Self.namedBlock, block.name ?? "", into: &writer)
    case let block as ArenaBlock:
      block.isSent = true
      // SAFETY: the chunk is valid for as long as the block is.
      let chunk = unsafe block.chunk
      let place = SentPlace(
        objectByteCount: chunk.byteCount, offset: block.offset, byteCount: block.byteCount)
      try encode(chunk.descriptor, place, into: &writer)
    case let memory as MemoryTransfer: try encode(memory.object.descriptor, memory.place, into: &writer)
    default: throw TransferError(.refused, "memory of this kind cannot be transferred")
    }
  }

  private func encode(_ kind: UInt8, _ name: String, into writer: inout TransferWriter) throws(TransferError)
  {
    try writer.encode(kind)
    try writer.encode(name)
    try writer.encode(identity.device)
    try writer.encode(identity.inode)
  }

  private func encode(
    _ descriptor: borrowing OwnedDescriptor, _ place: SentPlace, into writer: inout TransferWriter
  ) throws(TransferError) {
    try writer.encode(Self.object)
    try writer.encode(try writer.attach(descriptor: descriptor.rawValue))
    try writer.encode(place)
  }

  /// Maps the memory that ``encode(into:)`` described.
  ///
  /// - Throws: `invalidValue` if the name no longer exists or leads to another object; the errors
  ///   of mapping an object that was received as a descriptor.
  package static func decode(
    from reader: inout TransferReader, access: MappingAccess
  ) throws(TransferError) -> MemoryOwner {
    let kind = try reader.decode(UInt8.self)
    if kind == object {
      let index = try reader.decode(Int.self)
      let place = try reader.decode(SentPlace.self)
      return try MemoryTransfer.mapping(try reader.takeOwnedDescriptor(at: index), place)
    }
    guard kind == namedSegment || kind == namedBlock else {
      throw TransferError(invalidValue: "memory of the unknown kind \(kind)")
    }
    let name = try reader.decode(String.self)
    let identity = FileIdentity(
      device: try reader.decode(UInt64.self), inode: try reader.decode(UInt64.self))
    let owner: MemoryOwner
    do throws(SharedMemoryError) {
      owner =
        kind == namedSegment
        ? try Segment.attach(name, kind: nil, access: access).segment
        : try BlockMemory.attach(name, access: access)
    } catch {
      throw TransferError(invalidValue: error.description)
    }
    guard owner.identity == identity else {
      throw TransferError(invalidValue: "\(name.debugDescription) now leads to another object")
    }
    return owner
  }
}

/// A value that refers to memory; the process that receives it maps the memory.
package struct MemoryHandle: Transferable {
  package let owner: MemoryOwner

  package init(_ owner: MemoryOwner) { self.owner = owner }

  package func encode(into writer: inout TransferWriter) throws(TransferError) {
    try owner.encode(into: &writer)
  }

  package static func decode(from reader: inout TransferReader) throws(TransferError) -> MemoryHandle {
    MemoryHandle(try MemoryOwner.decode(from: &reader, access: .readWrite))
  }
}
