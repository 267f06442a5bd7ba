import Foundation
import SharedArrays

/// A name in /dev/shm, with all facts that can be found without attaching it.
struct SharedMemoryObject {
  let name: String
  let status: FileStatus
  let kind: String
  /// The array, if it is one of this package.
  let array: SharedArrayInfo?
  /// The element type and shape in the header, also of plain `.npy` files.
  let elementType: ElementType?
  let shape: [Int]?
  /// The text of the header's dictionary.
  let header: String?

  var age: Int { max(0, Int(Date().timeIntervalSince1970) - status.modified) }

  /// Inspects the object of a name.
  ///
  /// - Throws: ``SharedMemoryError`` if the name does not exist, or if it could lead outside
  ///   /dev/shm.
  init(_ name: String) throws(SharedMemoryError) {
    try SegmentName.checkLeadsNowhereElse(name)
    self.name = name
    do throws(SystemError) { status = try SharedMemoryDirectory.status(of: name) } catch {
      throw error.code == ENOENT
        ? SharedMemoryError(.notFound, name: name) : SharedMemoryError(.system, name: name, underlying: error)
    }
    if let found = try? Segment.inspect(name), let array = try? SharedArrayInfo(found) {
      self.array = array
      kind = "array"
      (elementType, shape) = (array.elementType, Array(array.shape))
      header = Self.dictionary(found.header)
      return
    }
    if let found = try? Segment.inspect(name), found.info.kind != .array {
      (array, elementType, shape, header) = (nil, nil, nil, nil)
      kind = found.info.kind.rawName
      return
    }
    array = nil
    let start = status.isRegularFile ? Self.bytes(of: name, from: 0, count: 1 << 16) : []
    // SAFETY: The span is of a private array, which outlives the call.
    if let npy = try? unsafe NPYHeader.parse(start.span.bytes), npy.endOffset <= status.byteCount {
      (elementType, shape) = (npy.elementType, npy.shape)
      header = Self.dictionary(Array(start.prefix(npy.dataOffset)))
      kind = ForeignKind.of(name: name) ?? "npy"
      return
    }
    (elementType, shape, header) = (nil, nil, nil)
    if name.hasPrefix(SegmentName.hiddenPrefix) {
      kind = "draft"
    } else if let foreign = ForeignKind.of(name: name) {
      kind = foreign
    } else if !status.isRegularFile {
      kind = "special"
    } else if SegmentName.isGenerated(name) {
      kind = "block"
    } else {
      let tail = Self.bytes(of: name, from: max(0, status.byteCount - 1024), count: 1024)
      kind = ForeignKind.isSharedArrayPackage(tail: tail) ? "SharedArray" : "other"
    }
  }

  /// Returns the objects of all names, sorted. Objects that are removed during the call are left
  /// out.
  static func all() throws -> [SharedMemoryObject] {
    let names: [String]
    do throws(SystemError) { names = try SharedMemoryDirectory.names() } catch {
      throw SharedMemoryError(.unavailable, underlying: error)
    }
    return names.sorted().compactMap { try? SharedMemoryObject($0) }
  }

  /// Returns the processes that map each object in /dev/shm.
  static func mappings() throws(SharedMemoryError) -> ProcessMappings {
    do throws(SystemError) {
      return try ProcessMappings.ofSharedMemory()
    } catch {
      throw SharedMemoryError(.unavailable, underlying: error)
    }
  }

  private static func dictionary(_ header: [UInt8]) -> String {
    let text = String(decoding: header.drop { $0 != UInt8(ascii: "{") }, as: UTF8.self)
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Returns bytes of a file; an empty array if this user cannot read it.
  private static func bytes(of name: String, from offset: Int, count: Int) -> [UInt8] {
    guard let file = try? OwnedDescriptor.openSharedMemory(named: name, .readOnly) else { return [] }
    // SAFETY: `read` writes at most `count` bytes into the buffer, and returns the number of bytes
    // that it has initialized.
    let bytes = try? unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    return bytes ?? []
  }
}

extension ProcessMappings {
  /// A sentence on processes that might be missing from the lists; nil if the lists are complete.
  var gaps: String? {
    if let blindness { return "Processes might be missing: \(blindness.rawValue)." }
    if unreadable.isEmpty { return nil }
    return "Processes might be missing: the mappings of \(unreadable.count) cannot be read by this user."
  }
}
