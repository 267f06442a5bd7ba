extension NPYHeader {
  /// Reads the header at the start of an `.npy` file.
  ///
  /// The parser accepts everything NumPy has ever written for these element types and up to
  /// ``maximumRank`` axes: format versions 1.0, 2.0 and 3.0, keys in any order, either kind of
  /// quote, and the `L` after the integers of Python 2. It refuses anything else. The bytes may
  /// come from a hostile writer, but they must not change during the call: pass a private copy of
  /// shared memory.
  ///
  /// - Parameters:
  ///   - bytes: The start of the file. The elements need not be included.
  ///   - restIsPadding: Whether the header may continue after the bytes, with padding only. The
  ///     dictionary must be within the bytes.
  /// - Throws: ``NPYHeaderError``, with the kind of error and its position.
  /// - Complexity: O(header bytes), and one allocation if the array has an axis.
  package static func parse(
    _ bytes: RawSpan, restIsPadding: Bool = false
  ) throws(NPYHeaderError) -> NPYHeader {
    var parser = try NPYHeaderParser(Span(_bytes: bytes), restIsPadding: restIsPadding)
    return try parser.readHeader()
  }
}

/// Reads a header from its first byte to its last, without backtracking.
private struct NPYHeaderParser: ~Escapable {
  /// The entries of the dictionary; an entry is `nil` until its key has been read.
  struct Fields {
    var elementType: ElementType?
    var isBigEndian = false
    var isFortranOrder: Bool?
    var shape: [Int]?
  }

  /// The header up to and including its final newline, without the elements. If `bytes` ends within
  /// the padding, only the start of the header.
  let header: Span<UInt8>

  /// The offset of the end of the header, where the elements begin.
  let endOffset: Int

  /// The offset of the next byte to read; it never exceeds `header.count`.
  var offset: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, restIsPadding: Bool) throws(NPYHeaderError) {
    endOffset = try Self.headerSize(bytes)
    guard restIsPadding || endOffset <= bytes.count else {
      throw NPYHeaderError(.truncatedHeader, at: 8, of: bytes)
    }
    header = bytes.extracting(first: endOffset)
    offset = Self.textOffset(bytes)
  }

  mutating func readHeader() throws(NPYHeaderError) -> NPYHeader {
    guard header.count < endOffset || header[header.count - 1] == UInt8(ascii: "\n") else {
      throw fault(.missingNewline, at: header.count)
    }
    let fields = try readDictionary()
    let dictionaryEnd = offset
    try requirePadding()
    return try makeHeader(fields, dictionaryEnd)
  }
}

// MARK: - Before and after the dictionary

extension NPYHeaderParser {
  /// Returns the offset of the dictionary. It follows a length of two bytes in version 1.0, and of
  /// four bytes in later versions.
  private static func textOffset(_ bytes: Span<UInt8>) -> Int { bytes[6] == 1 ? 10 : 12 }

  /// Reads the magic string, the format version and the length. Returns the offset of the elements.
  private static func headerSize(_ bytes: Span<UInt8>) throws(NPYHeaderError) -> Int {
    guard bytes.count >= 10 else { throw NPYHeaderError(.prefixTooShort, at: bytes.count, of: bytes) }
    guard bytes[0] == 0x93, bytes.extracting(1..<6).holds("NUMPY") else {
      throw NPYHeaderError(.wrongMagic, at: 0, of: bytes)
    }
    guard (1...3).contains(bytes[6]), bytes[7] == 0 else {
      throw NPYHeaderError(.unsupportedVersion, at: 6, of: bytes)
    }
    let textOffset = textOffset(bytes)
    guard bytes.count >= textOffset else { throw NPYHeaderError(.prefixTooShort, at: bytes.count, of: bytes) }
    var textCount = 0
    for position in (8..<textOffset).reversed() { textCount = textCount << 8 | Int(bytes[position]) }
    return textOffset + textCount
  }

  /// Throws unless the bytes between the dictionary and the final newline are all spaces.
  private func requirePadding() throws(NPYHeaderError) {
    let isWhole = header.count == endOffset
    let padding = header.extracting(droppingFirst: offset).extracting(droppingLast: isWhole ? 1 : 0)
    // The compiler vectorizes one pass without an early exit.
    var difference: UInt8 = 0
    for position in padding.indices { difference |= padding[position] ^ UInt8(ascii: " ") }
    guard difference != 0 else { return }
    let stray = padding.indices.first { padding[$0] != UInt8(ascii: " ") }
    throw fault(.trailingBytes, at: offset + (stray ?? 0))
  }

  private func makeHeader(_ fields: Fields, _ dictionaryEnd: Int) throws(NPYHeaderError) -> NPYHeader {
    guard let elementType = fields.elementType else { throw fault(.missingDescriptor, at: dictionaryEnd) }
    guard let isFortranOrder = fields.isFortranOrder else { throw fault(.missingOrder, at: dictionaryEnd) }
    guard let shape = fields.shape else { throw fault(.missingShape, at: dictionaryEnd) }
    let header = NPYHeader(
      elementType: elementType, isBigEndian: fields.isBigEndian, isFortranOrder: isFortranOrder,
      shape: shape, dataOffset: endOffset)
    guard let header else { throw fault(.sizeOverflow, at: dictionaryEnd) }
    return header
  }
}

// MARK: - The dictionary

extension NPYHeaderParser {
  private mutating func readDictionary() throws(NPYHeaderError) -> Fields {
    var fields = Fields()
    skipSpace()
    guard consume("{") else { throw unexpected(.expectedDictionary) }
    skipSpace()
    while !consume("}") {
      try readEntry(into: &fields)
      if consume(",") {
        skipSpace()
      } else if next != UInt8(ascii: "}") {
        throw unexpected(.expectedComma)
      }
    }
    return fields
  }

  /// Reads a key, its colon, its value and the space after the value.
  private mutating func readEntry(into fields: inout Fields) throws(NPYHeaderError) {
    if isAtBracket { throw fault(.nestedBrackets, at: offset) }
    let keyOffset = offset
    let key = try readString(orFail: .expectedKey)
    skipSpace()
    guard consume(":") else { throw unexpected(.expectedColon) }
    skipSpace()
    let isDuplicate: Bool
    if header.extracting(key).holds("descr") {
      isDuplicate = fields.elementType != nil
      fields.elementType = try readDescriptor(isBigEndian: &fields.isBigEndian)
    } else if header.extracting(key).holds("fortran_order") {
      isDuplicate = fields.isFortranOrder != nil
      fields.isFortranOrder = try readBoolean()
    } else if header.extracting(key).holds("shape") {
      isDuplicate = fields.shape != nil
      fields.shape = try readShape()
    } else {
      throw fault(.unknownKey, at: keyOffset)
    }
    if isDuplicate { throw fault(.duplicateKey, at: keyOffset) }
    skipSpace()
  }

  private mutating func readDescriptor(isBigEndian: inout Bool) throws(NPYHeaderError) -> ElementType {
    if isAtBracket { throw fault(.structuredElementType, at: offset) }
    let descriptorOffset = offset
    let descriptor = header.extracting(try readString(orFail: .expectedDescriptor))
    if let type = ElementType(descriptor: descriptor, isBigEndian: &isBigEndian) { return type }
    let isObject = descriptor.holds("|O") || descriptor.holds("O")
    throw fault(isObject ? .objectElementType : .unknownElementType, at: descriptorOffset)
  }

  private mutating func readBoolean() throws(NPYHeaderError) -> Bool {
    let word = header.extracting(offset..<header.count)
    let isTrue = word.extracting(first: 4).holds("True")
    guard isTrue || word.extracting(first: 5).holds("False") else { throw unexpected(.expectedBoolean) }
    offset += isTrue ? 4 : 5
    return isTrue
  }

  private mutating func readShape() throws(NPYHeaderError) -> [Int] {
    let shapeOffset = offset
    guard consume("(") else { throw unexpected(.shapeIsNotTuple) }
    skipSpace()
    var shape: [Int] = []
    var endsInComma = false
    while !consume(")") {
      if shape.count == NPYHeader.maximumRank { throw fault(.tooManyAxes, at: offset) }
      if shape.isEmpty { shape.reserveCapacity(8) }
      shape.append(try readExtent())
      skipSpace()
      endsInComma = consume(",")
      if endsInComma {
        skipSpace()
      } else if next != UInt8(ascii: ")") {
        throw unexpected(.expectedComma)
      }
    }
    // Python reads one number in parentheses without a comma as a number, not as a tuple.
    if shape.count == 1, !endsInComma { throw fault(.shapeIsNotTuple, at: shapeOffset) }
    return shape
  }

  private mutating func readExtent() throws(NPYHeaderError) -> Int {
    if isAtBracket { throw fault(.nestedBrackets, at: offset) }
    if next == UInt8(ascii: "-") { throw fault(.negativeExtent, at: offset) }
    let start = offset
    var extent = 0
    while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
      let product = extent.multipliedReportingOverflow(by: 10)
      let sum = product.partialValue.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      if product.overflow || sum.overflow { throw fault(.extentTooLarge, at: start) }
      extent = sum.partialValue
      offset += 1
    }
    if offset == start { throw unexpected(.expectedExtent) }
    // A leading zero made a number octal in Python 2 and is an error in Python 3.
    if offset - start > 1, header[start] == UInt8(ascii: "0") { throw fault(.leadingZero, at: start) }
    _ = consume("L")
    return extent
  }

  /// Reads a quoted string and returns the range of its contents.
  private mutating func readString(orFail code: NPYHeaderError.Code) throws(NPYHeaderError) -> Range<Int> {
    let start = offset
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw unexpected(code)
    }
    repeat {
      offset += 1
      guard let byte = next, byte != UInt8(ascii: "\n") else { throw fault(.unterminatedString, at: start) }
    } while header[offset] != quote
    offset += 1
    return start + 1..<offset - 1
  }
}

// MARK: - Bytes

extension NPYHeaderParser {
  /// The next byte, or `nil` at the end of the header.
  private var next: UInt8? { offset < header.count ? header[offset] : nil }

  private var isAtBracket: Bool {
    next == UInt8(ascii: "(") || next == UInt8(ascii: "[") || next == UInt8(ascii: "{")
  }

  private mutating func consume(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || 0x09...0x0A ~= byte || byte == 0x0D { offset += 1 }
  }

  /// Returns the error for a byte that the grammar does not allow here, or for the end of the
  /// header.
  private func unexpected(_ code: NPYHeaderError.Code) -> NPYHeaderError {
    fault(offset < header.count ? code : .unexpectedEnd, at: offset)
  }

  /// Returns the error, or a `nonASCII` error if the header has text in an encoding that its format
  /// version does not allow.
  ///
  /// A header with such a byte is never accepted, so the search for one can wait until parsing has
  /// failed.
  private func fault(_ code: NPYHeaderError.Code, at offset: Int) -> NPYHeaderError {
    let text = header[6] < 3 ? 10..<header.count : 0..<0
    if let position = text.first(where: { header[$0] >= 0x80 }) {
      return NPYHeaderError(.nonASCII, at: position, of: header)
    }
    return NPYHeaderError(code, at: offset, of: header)
  }
}

extension Span<UInt8> {
  /// Whether these bytes are the characters of `text`, which must be ASCII.
  fileprivate func holds(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    // SAFETY: `text` is an ASCII literal, stored as UTF-8 in `utf8CodeUnitCount` bytes that are
    // never freed.
    let characters = unsafe text.utf8Start
    for position in indices where unsafe self[position] != characters[position] { return false }
    return true
  }
}
