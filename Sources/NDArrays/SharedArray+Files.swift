internal import SharedMemory
internal import SystemLayer

// Mapping files: see SharedArray+MappedFiles.swift.

extension SharedArray {
  /// Reads a `.npy` file of this element type into a new unnamed array. A Fortran-ordered file gives a
  /// transposed view.
  ///
  /// - Throws: ``NPYError`` with code `malformed`, `truncated`, `mismatch`, `unsupported`, `memory`, or
  ///   `system` with the cause, say that there is no such file.
  public static func load(_ path: String) throws(NPYError) -> SharedArray {
    let file = try NPYFile(opening: path, .readOnly)
    try file.requireType(Element.elementType)
    let array = try memory(for: path) { () throws(SharedMemoryError) in
      try SharedArray(shape: file.memoryShape)
    }
    // SAFETY: a new array is contiguous, and as long as the header says.
    try unsafe file.read(
      into: UnsafeMutableRawBufferPointer(start: array.storage.base, count: array.byteCount), at: 0)
    return file.header.isFortranOrder ? array.transposed() : array
  }
}

extension SharedArray where Element: BinaryFloatingPoint {
  /// Reads a `.npy` file of any integer or floating-point type, of either byte order, into a new unnamed
  /// array; values are rounded to the nearest that `Element` can hold.
  ///
  /// - Throws: as ``load(_:)``; `mismatch` for complex or Boolean files.
  public static func load(converting path: String) throws(NPYError) -> SharedArray {
    let file = try NPYFile(opening: path, .readOnly)
    let array = try memory(for: path) { () throws(SharedMemoryError) in
      try SharedArray(shape: file.memoryShape)
    }
    switch file.header.elementType {
    case .int8: try array.read(file) { Element(Int8(bitPattern: $0)) }
    case .int16: try array.read(file) { Element(Int16(bitPattern: $0)) }
    case .int32: try array.read(file) { Element(Int32(bitPattern: $0)) }
    case .int64: try array.read(file) { Element(Int64(bitPattern: $0)) }
    case .uint8: try array.read(file) { (bits: UInt8) in Element(bits) }
    case .uint16: try array.read(file) { (bits: UInt16) in Element(bits) }
    case .uint32: try array.read(file) { (bits: UInt32) in Element(bits) }
    case .uint64: try array.read(file) { (bits: UInt64) in Element(bits) }
    case .float16: try array.read(file) { Element(Float16(bitPattern: $0)) }
    case .float32: try array.read(file) { Element(Float(bitPattern: $0)) }
    case .float64: try array.read(file) { Element(Double(bitPattern: $0)) }
    case .bool, .complex64, .complex128:
      let detail = "it holds \(file.header.elementType.name), which is not a real number"
      throw NPYError(.mismatch, path: path, detail: detail)
    }
    return file.header.isFortranOrder ? array.transposed() : array
  }

  /// Reads all elements, a piece at a time, through their bit patterns.
  private func read<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ file: borrowing NPYFile, _ convert: (Bits) -> Element
  ) throws(NPYError) {
    var piece = [Bits](repeating: 0, count: min(count, 1 << 14))
    var done = 0
    while done < count {
      let length = min(piece.count, count - done)
      var span = piece.mutableSpan
      var room = unsafe span.mutableBytes
      try unsafe room.withUnsafeMutableBytes { bytes throws(NPYError) in
        let wanted = unsafe UnsafeMutableRawBufferPointer(
          rebasing: bytes[..<(length * MemoryLayout<Bits>.stride)])
        try unsafe file.read(into: wanted, at: done * MemoryLayout<Bits>.stride)
      }
      for i in 0..<length {
        let bits = file.header.isBigEndian ? piece[i].byteSwapped : piece[i]
        // SAFETY: a new array is contiguous, and done + i < count.
        unsafe storage.base[done + i] = convert(bits)
      }
      done += length
    }
  }
}

extension StridedArray {
  /// Writes a `.npy` file that NumPy and ``SharedArray/load(_:)`` read, in row-major order.
  ///
  /// The file appears under its name in one step, when it is complete and on the disk: an earlier file of
  /// that name stays until then. A writer killed on the way leaves a file `PATH.part-…` behind (of a long
  /// name only the start).
  ///
  /// - Throws: ``NPYError`` with code `system`.
  public func save(_ path: String) throws(NPYError) {
    try requirePath(path)
    let part = try system(path) { () throws(SystemError) in try partName(beside: path) }
    do throws(NPYError) {
      try system(path) { () throws(SystemError) in
        let file = try OwnedDescriptor.createFile(part, mode: 0o666)
        try write(to: file)
        try file.synchronize()
        try renameFile(part, to: path)
      }
    } catch {
      try? removeFile(part)
      throw error
    }
  }

  /// A free name in the directory of `path`, no longer than a file system takes.
  private func partName(beside path: String) throws(SystemError) -> String {
    let suffix = ".part-" + String(try randomBits(), radix: 16)
    var start = path
    let directoryByteCount = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8[...$0].count } ?? 0
    while start.utf8.count - directoryByteCount + suffix.utf8.count > 255 { start.removeLast() }
    return start + suffix
  }

  private func write(to file: borrowing OwnedDescriptor) throws(SystemError) {
    let header = NPYHeader.encode(
      elementType: Element.elementType, shape: Array(shape), fortranOrder: false, paddedTo: 64)
    try unsafe header.span.bytes.withUnsafeBytes { bytes throws(SystemError) in
      try unsafe file.write(bytes, at: 0)
    }
    var offset = header.count
    var piece: [Element] = []
    try storage.forEachRun { (run) throws(SystemError) in
      var done = 0
      while done < run.count {
        // Contiguous runs go out as they stand, others through a buffer; short runs fill it together.
        if run.stride == 1, run.count > 1 << 14 {
          try flush(&piece, to: file, &offset)
          // SAFETY: `count` elements follow the start of a run of stride 1.
          let bytes = unsafe UnsafeRawBufferPointer(
            start: run.start, count: run.count * MemoryLayout<Element>.stride)
          try unsafe file.write(bytes, at: offset)
          offset += bytes.count
          done = run.count
        } else {
          piece.append(unsafe run[done])
          done += 1
          if piece.count == 1 << 14 { try flush(&piece, to: file, &offset) }
        }
      }
    }
    try flush(&piece, to: file, &offset)
  }

  private func flush(
    _ piece: inout [Element], to file: borrowing OwnedDescriptor, _ offset: inout Int
  ) throws(SystemError) {
    let position = offset
    offset += try unsafe piece.span.withUnsafeBufferPointer { elements throws(SystemError) in
      let bytes = UnsafeRawBufferPointer(elements)
      try unsafe file.write(bytes, at: position)
      return bytes.count
    }
    piece.removeAll(keepingCapacity: true)
  }
}
