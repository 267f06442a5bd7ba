public import SharedArraysMemory
internal import SharedArraysSystem

/// The properties of a named array that can be read without attaching it, above all its element
/// type.
public struct SharedArrayInfo: Hashable, Sendable {
  /// The memory: name, sizes, lifetime, creator, owner.
  public let segment: SegmentInfo
  /// The type to attach the array with.
  public let elementType: ElementType
  /// The extent along each axis.
  public let shape: Shape

  /// The name to attach it by.
  public var name: String { segment.name }

  /// Inspects the array `name`. It may belong to another user if this one has permission to read
  /// it.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `notASegment`, `mismatch` if it is not
  ///   an array of this package, `notARegularFile`, `permissionDenied`.
  /// - Complexity: about five system calls, whatever the size.
  public static func of(_ name: String) throws(SharedMemoryError) -> SharedArrayInfo {
    try SharedArrayInfo(try Segment.inspect(name))
  }

  /// Returns the named arrays of this user, sorted by name. Temporary ones that no process holds
  /// any more are removed first.
  ///
  /// - Throws: ``SharedMemoryError`` if /dev/shm cannot be read.
  /// - Complexity: about ten system calls for each name in /dev/shm.
  public static func list() throws(SharedMemoryError) -> [SharedArrayInfo] {
    var arrays: [SharedArrayInfo] = []
    for found in try Segment.listInspections() {
      // A segment with a damaged header is not an array.
      if let array = try? SharedArrayInfo(found) { arrays.append(array) }
    }
    return arrays
  }

  package init(_ found: Segment.Inspection) throws(SharedMemoryError) {
    if found.info.kind != .array {
      throw SharedMemoryError(
        .mismatch, name: found.info.name, detail: "it holds \(found.info.kind.text), not an array")
    }
    let header = try NPYHeader.ofSegment(found.header, found.info.name)
    shape = try header.segmentShape(byteCount: found.info.byteCount, found.info.name)
    segment = found.info
    elementType = header.elementType
  }
}
