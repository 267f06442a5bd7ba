internal import SharedArraysSystem

// SAFETY: `forEachPiece` passes buffers of whole elements of the array, which `self` keeps mapped
// until the call ends. Offsets are multiples of the element's size below the buffer's length, and
// the loads need no alignment.

extension StridedArray where Element: OrderedElement {
  /// Writes the numbers as text that
  /// ``SharedArray/load(csv:separator:skippingLines:columns:missing:)``, NumPy and spreadsheets can
  /// read. Each row is a line; for an array of rank 1, each element is a line.
  ///
  /// Real numbers have the fewest digits that read back as the same number. Truth values are `1`
  /// and `0`. An array without elements gives an empty file.
  ///
  /// The file gets its name in one step, when it is complete and on the disk, as with ``save(_:)``.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - separator: The ASCII character between the numbers of a line.
  /// - Throws: ``CSVError`` with code `system` or `unsynchronized`, in the same cases as
  ///   ``save(_:)``.
  /// - Precondition: The array has one or two axes, and `separator` cannot be part of a number.
  public func save(csv path: String, separator: Character = ",") throws(CSVError) {
    if rank != 1, rank != 2 {
      trap("save(csv:separator:) needs an array of rank 1 or 2, not of shape \(shape).")
    }
    let format = CSVFormat(separator: separator)
    try requireCSVPath(path)
    do throws(FileReplacingError) {
      try replaceFile(path) { (file) throws(SystemError) in
        var writer = CSVWriter(separator: format.separator, columnCount: rank == 1 ? 1 : shape[1])
        try unsafe storage.forEachPiece { (bytes) throws(SystemError) in
          try unsafe writer.write(bytes, of: Element.elementType, to: file)
        }
        try writer.flush(to: file)
      }
    } catch {
      throw CSVError(error, path: path)
    }
  }
}

/// Formats elements as lines of text.
private struct CSVWriter {
  private let separator: UInt8
  private let columnCount: Int
  private var column = 0
  private var text: [UInt8] = []
  private var offset = 0

  init(separator: UInt8, columnCount: Int) {
    self.separator = separator
    self.columnCount = columnCount
  }

  mutating func flush(to file: borrowing OwnedDescriptor) throws(SystemError) {
    let count = text.count
    try unsafe text.span.bytes.withUnsafeBytes { bytes throws(SystemError) in
      try unsafe file.write(bytes, at: offset)
    }
    offset += count
    text.removeAll(keepingCapacity: true)
  }

  /// Writes elements, 8192 at a time.
  mutating func write(
    _ elements: UnsafeRawBufferPointer, of type: ElementType, to file: borrowing OwnedDescriptor
  ) throws(SystemError) {
    let pieceByteCount = type.byteCount << 13
    for start in stride(from: 0, to: elements.count, by: pieceByteCount) {
      let end = min(start + pieceByteCount, elements.count)
      unsafe append(UnsafeRawBufferPointer(rebasing: elements[start..<end]), of: type)
      try flush(to: file)
    }
  }

  private mutating func append(_ elements: UnsafeRawBufferPointer, of type: ElementType) {
    switch type {
    case .bool:
      for offset in 0..<elements.count { append(unsafe elements[offset] == 0 ? "0" : "1") }
    case .int8: unsafe append(elements, as: Int8.self)
    case .int16: unsafe append(elements, as: Int16.self)
    case .int32: unsafe append(elements, as: Int32.self)
    case .int64: unsafe append(elements, as: Int64.self)
    case .uint8: unsafe append(elements, as: UInt8.self)
    case .uint16: unsafe append(elements, as: UInt16.self)
    case .uint32: unsafe append(elements, as: UInt32.self)
    case .uint64: unsafe append(elements, as: UInt64.self)
    case .float16: unsafe appendReals(elements, as: Float16.self)
    case .float32: unsafe appendReals(elements, as: Float.self)
    case .float64: unsafe appendReals(elements, as: Double.self)
    case .complex64, .complex128: trap("Complex numbers cannot be saved as CSV.")
    }
  }

  private mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(
    _ elements: UnsafeRawBufferPointer, as type: Number.Type
  ) {
    for offset in stride(from: 0, to: elements.count, by: MemoryLayout<Number>.size) {
      append(unsafe elements.loadUnaligned(fromByteOffset: offset, as: type).description)
    }
  }

  private mutating func appendReals<Number: DecimalReal & BitwiseCopyable>(
    _ elements: UnsafeRawBufferPointer, as type: Number.Type
  ) {
    for offset in stride(from: 0, to: elements.count, by: MemoryLayout<Number>.size) {
      let number = unsafe elements.loadUnaligned(fromByteOffset: offset, as: type)
      append(number.isNaN ? "nan" : number.description)
    }
  }

  private mutating func append(_ number: String) {
    text.append(contentsOf: number.utf8)
    column += 1
    text.append(column == columnCount ? .lineFeed : separator)
    if column == columnCount { column = 0 }
  }
}
