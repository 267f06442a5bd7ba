public import SharedArraysMemory
package import SharedArraysSystem

extension ArrayStorage {
  /// Creates memory without a name: a block of the arena, or a segment if it is large.
  ///
  /// - Parameter zeroed: Whether the elements are set to 0. If not, their values are unspecified.
  @inlinable
  package static func create(shape: Shape, zeroed: Bool) throws(SharedMemoryError) -> ArrayStorage {
    let byteCount = try shape.byteCount(of: Element.elementType, stride: MemoryLayout<Element>.stride)
    if byteCount > Arena.largestBlockByteCount {
      return try createUnnamedSegment(shape: shape, zeroed: zeroed)
    }
    let block = try Arena.allocate(byteCount: byteCount, zeroed: zeroed)
    // SAFETY: a block is aligned for every element type and has room for the shape, and any bytes
    // are valid elements.
    return unsafe ArrayStorage(
      owner: block, base: block.data.assumingMemoryBound(to: Element.self), shape: shape,
      strides: shape.rowMajorStrides)
  }

  @usableFromInline
  static func createUnnamedSegment(shape: Shape, zeroed: Bool) throws(SharedMemoryError) -> ArrayStorage {
    let byteCount = try shape.byteCount(of: Element.elementType, stride: MemoryLayout<Element>.stride)
    let segment = try unsafe Segment.createUnnamed(
      dataByteCount: byteCount, header: header(of: shape).span.bytes, zeroed: zeroed)
    return ArrayStorage(owner: segment, shape: shape)
  }

  private static func header(of shape: Shape) -> [UInt8] {
    NPYHeader.encode(
      elementType: Element.elementType, shape: Array(shape), fortranOrder: false,
      paddedTo: Segment.headerByteCount)
  }

  /// Creates a segment with a `.npy` header for elements of this type.
  package static func create(
    _ naming: Segment.Naming, shape: Shape, lifetime: SegmentLifetime,
    contents: Segment.Contents = { _ in }
  ) throws(SharedMemoryError) -> ArrayStorage {
    let byteCount = try shape.byteCount(of: Element.elementType, stride: MemoryLayout<Element>.stride)
    let segment = try unsafe Segment.create(
      naming, dataByteCount: byteCount, header: header(of: shape).span.bytes, lifetime: lifetime,
      contents: contents)
    return ArrayStorage(owner: segment, shape: shape)
  }

  package static func attach(_ name: String, access: MappingAccess) throws(SharedMemoryError) -> ArrayStorage
  {
    let attached = try Segment.attach(name, access: access)
    let shape = try checkedShape(attached.header, byteCount: attached.segment.byteCount, name)
    return ArrayStorage(owner: attached.segment, shape: shape)
  }

  package static func loadCopy(of name: String) throws(SharedMemoryError) -> ArrayStorage {
    var shape: Shape = []
    let owner = try Segment.loadCopy(of: name) { (header, byteCount) throws(SharedMemoryError) in
      shape = try checkedShape(header, byteCount: byteCount, name)
      return try ArrayStorage.create(.unnamed, shape: shape, lifetime: .temporary).owner!
    }
    return ArrayStorage(owner: owner, shape: shape)
  }

  /// Returns the shape in a segment's header, after checking that the segment holds elements of
  /// this type, in row-major order, and all of them.
  private static func checkedShape(
    _ bytes: [UInt8], byteCount: Int, _ name: String
  ) throws(SharedMemoryError) -> Shape {
    let header = try NPYHeader.ofSegment(bytes, name)
    guard header.elementType == Element.elementType, !header.isBigEndian else {
      let found = header.elementType.name + (header.isBigEndian ? " (big-endian)" : "")
      let detail = "it holds \(found), not \(Element.elementType.name)"
      throw SharedMemoryError(.mismatch, name: name, detail: detail)
    }
    return try header.segmentShape(byteCount: byteCount, name)
  }
}
