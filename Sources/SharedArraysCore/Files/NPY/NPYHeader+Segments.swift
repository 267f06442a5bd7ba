internal import SharedArraysMemory

extension NPYHeader {
  /// Returns the header of the segment `name`, parsed from a copy of the segment's first bytes.
  ///
  /// - Throws: `notASegment`, with the reason.
  static func ofSegment(_ bytes: [UInt8], _ name: String) throws(SharedMemoryError) -> NPYHeader {
    // SAFETY: `bytes` is a private copy that outlives the call and does not change.
    do throws(NPYHeaderError) { return try unsafe parse(bytes.span.bytes, restIsPadding: true) } catch {
      throw SharedMemoryError(.notASegment, name: name, detail: error.description)
    }
  }

  /// Returns the shape, if the header is that of an array in a segment with `byteCount` bytes of
  /// data. The elements of an array in a segment are in this machine's byte order, in row-major
  /// order, and fill the data exactly.
  ///
  /// - Throws: `notASegment`.
  func segmentShape(byteCount: Int, _ name: String) throws(SharedMemoryError) -> Shape {
    guard shape.count <= AxisValues.largestRank, !isFortranOrder, !isBigEndian,
      dataOffset == Segment.headerByteCount, self.byteCount == byteCount
    else {
      throw SharedMemoryError(.notASegment, name: name, detail: "its header does not fit its size")
    }
    return Shape(shape)
  }
}
