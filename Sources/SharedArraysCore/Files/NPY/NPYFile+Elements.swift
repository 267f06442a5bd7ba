extension NPYFile {
  /// Reads the elements from index `position` of the file on, in the byte order of this machine. In
  /// Boolean files every byte other than 0 is true.
  func readElements(into bytes: UnsafeMutableRawBufferPointer, from position: Int = 0) throws(NPYError) {
    let type = header.elementType
    try unsafe read(into: bytes, at: position * type.byteCount)
    if header.isBigEndian { unsafe swapBytes(bytes, of: type) }
    if type == .bool {
      for position in bytes.indices { unsafe bytes[position] = bytes[position] == 0 ? 0 : 1 }
    }
  }

  /// Reads all elements in row-major order into memory that has room for them.
  func readAllInRowMajorOrder(into data: UnsafeMutableRawBufferPointer) throws(NPYError) {
    guard header.isFortranOrder, header.shape.count > 1, let base = data.baseAddress else {
      return try unsafe readElements(into: data)
    }
    // The order of the file is the row-major order of the transpose.
    let strides = Strides(Shape(header.shape).rowMajorStrides.reversed())
    let axes = CoalescedAxes<1>(memoryShape, [strides])
    let stride = axes.runStride(0)
    let (count, width) = (header.elementCount, header.elementType.byteCount)
    let capacity = min(count, 1 << 14)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity * width, alignment: 16)
    defer { unsafe piece.deallocate() }
    var (done, used, length) = (0, 0, 0)
    try axes.forEachRun { (offsets) throws(NPYError) in
      for position in 0..<axes.runCount {
        if used == length {
          length = min(capacity, count - done)
          try unsafe readElements(
            into: UnsafeMutableRawBufferPointer(rebasing: piece[..<(length * width)]), from: done)
          done += length
          used = 0
        }
        // SAFETY: The target lies within the shape, and `used` is less than the number of elements
        // in the piece.
        let target = unsafe base + (offsets[0] + position * stride) * width
        unsafe target.copyMemory(from: piece.baseAddress! + used * width, byteCount: width)
        used += 1
      }
    }
  }
}

/// Reverses the bytes of each number, or of each part of a complex number.
private func swapBytes(_ bytes: UnsafeMutableRawBufferPointer, of type: ElementType) {
  switch type.isComplex ? type.byteCount / 2 : type.byteCount {
  case 2: unsafe swapBytes(bytes, as: UInt16.self)
  case 4: unsafe swapBytes(bytes, as: UInt32.self)
  case 8: unsafe swapBytes(bytes, as: UInt64.self)
  default: break
  }
}

@inline(__always)
private func swapBytes<Bits: FixedWidthInteger & BitwiseCopyable>(
  _ bytes: UnsafeMutableRawBufferPointer, as type: Bits.Type
) {
  guard let start = bytes.baseAddress else { return }
  for position in 0..<bytes.count / MemoryLayout<Bits>.size {
    let offset = position &* MemoryLayout<Bits>.size
    // SAFETY: The length of the buffer is a multiple of the size of a number.
    let bits = unsafe start.loadUnaligned(fromByteOffset: offset, as: type)
    unsafe start.storeBytes(of: bits.byteSwapped, toByteOffset: offset, as: type)
  }
}
