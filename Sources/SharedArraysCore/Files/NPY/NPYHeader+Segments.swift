internal import SharedArraysMemory

extension NPYHeader {
  /// The header of the segment `name`, from a copy of its start.
  ///
  /// - Throws: `notASegment` with what is wrong.
  static func ofSegment(_ bytes: [UInt8], _ name: String) throws(SharedMemoryError) -> NPYHeader {
    do throws(NPYHeaderError) { return try unsafe parse(bytes.span.bytes, restIsPadding: true) } catch {
      throw SharedMemoryError(.notASegment, name: name, detail: error.description)
    }
  }

  /// The shape, if the header is one that an array in a segment with so many bytes of data has: elements of this
  /// machine's byte order, in row-major order, and all of them.
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
