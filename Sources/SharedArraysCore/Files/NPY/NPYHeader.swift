/// The header of an `.npy` file, which describes the array that follows it.
///
/// A header exists only if its sizes are sound: ``elementCount``, ``byteCount`` and ``endOffset``
/// are computed without overflow before it is returned. Users need no further checks of their own,
/// except against the size of the file.
package struct NPYHeader: Equatable, Sendable {
  /// The largest number of axes a header may have, which is NumPy's limit before version 2.
  package static let maximumRank = 32

  /// The type of each element.
  package let elementType: ElementType

  /// Whether the elements are stored with the most significant byte first.
  package let isBigEndian: Bool

  /// Whether the first axis, rather than the last, is the one whose elements are adjacent.
  package let isFortranOrder: Bool

  /// The extent of each axis; empty for an array without axes, which has one element.
  package let shape: [Int]

  /// The offset of the first element from the start of the file, which is the size of the header.
  package let dataOffset: Int

  /// The number of elements.
  package let elementCount: Int

  /// The number of bytes all elements occupy.
  package var byteCount: Int { elementCount * elementType.byteCount }

  /// The offset from the start of the file of the byte after the last element.
  package var endOffset: Int { dataOffset + byteCount }

  /// Creates a header from the entries of its dictionary, or returns `nil` if a size overflows.
  ///
  /// NumPy's rule applies to an extent of 0: the product of the other extents must be representable
  /// too. This keeps the strides of an empty array representable.
  init?(
    elementType: ElementType, isBigEndian: Bool, isFortranOrder: Bool, shape: [Int], dataOffset: Int
  ) {
    var (byteCount, overflows, isEmpty) = (elementType.byteCount, false, false)
    for extent in shape {
      let product = byteCount.multipliedReportingOverflow(by: extent == 0 ? 1 : extent)
      byteCount = product.partialValue
      overflows = overflows || product.overflow
      isEmpty = isEmpty || extent == 0
    }
    if overflows || byteCount.addingReportingOverflow(dataOffset).overflow { return nil }
    self.elementType = elementType
    self.isBigEndian = isBigEndian
    self.isFortranOrder = isFortranOrder
    self.shape = shape
    self.dataOffset = dataOffset
    self.elementCount = isEmpty ? 0 : byteCount / elementType.byteCount
  }
}

// MARK: - Encoding

extension NPYHeader {
  /// Returns the bytes NumPy would write before little-endian elements, if it aligned them in this
  /// way.
  ///
  /// This function does not check that memory for the elements could exist. ``parse(_:)`` refuses a
  /// header whose sizes overflow.
  ///
  /// - Parameters:
  ///   - elementType: The type of each element.
  ///   - shape: The extent of each axis.
  ///   - fortranOrder: Whether the first axis is the one whose elements are adjacent.
  ///   - alignment: The number that the size of the header is a multiple of: 64 in NumPy's own
  ///     files.
  /// - Precondition: No extent is negative, `shape` has at most ``maximumRank`` of them, and
  ///   `alignment` is between 1 and 32,768, so that the length fits the two bytes that format
  ///   version 1.0 has for it.
  package static func encode(
    elementType: ElementType, shape: [Int], fortranOrder: Bool, paddedTo alignment: Int
  ) -> [UInt8] {
    precondition(shape.count <= maximumRank, "An .npy header cannot have more than 32 axes.")
    precondition(shape.allSatisfy { $0 >= 0 }, "An .npy header cannot have a negative extent.")
    precondition((1...32_768).contains(alignment), "An .npy header is padded to a multiple of 1 to 32,768.")
    var bytes: [UInt8] = [0x93]
    bytes.append(contentsOf: "NUMPY".utf8)
    bytes.append(contentsOf: [1, 0, 0, 0])
    appendDictionary(elementType, shape, fortranOrder, to: &bytes)
    appendGrowthSpace(shape, fortranOrder, to: &bytes)
    // NumPy adds a whole unit of padding if the text and its newline happen to need none.
    let padding = alignment - (bytes.count + 1) % alignment
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: padding)
    bytes.append(UInt8(ascii: "\n"))
    let length = UInt16(bytes.count - 10)
    (bytes[8], bytes[9]) = (UInt8(truncatingIfNeeded: length), UInt8(length >> 8))
    return bytes
  }

  private static func appendDictionary(
    _ elementType: ElementType, _ shape: [Int], _ fortranOrder: Bool, to bytes: inout [UInt8]
  ) {
    bytes.append(contentsOf: "{'descr': '".utf8)
    bytes.append(contentsOf: elementType.descriptor.utf8)
    bytes.append(contentsOf: "', 'fortran_order': ".utf8)
    bytes.append(contentsOf: (fortranOrder ? "True" : "False").utf8)
    bytes.append(contentsOf: ", 'shape': (".utf8)
    for (axis, extent) in shape.enumerated() {
      if axis > 0 { bytes.append(contentsOf: ", ".utf8) }
      bytes.append(contentsOf: String(extent).utf8)
    }
    // A Python tuple of one element needs its comma: without it the text is a number in
    // parentheses.
    if shape.count == 1 { bytes.append(UInt8(ascii: ",")) }
    bytes.append(contentsOf: "), }".utf8)
  }

  /// Appends the spaces that NumPy leaves, so that the extent of the axis along which a file grows
  /// can be rewritten in place with up to 21 digits.
  private static func appendGrowthSpace(_ shape: [Int], _ fortranOrder: Bool, to bytes: inout [UInt8]) {
    guard let extent = fortranOrder ? shape.last : shape.first else { return }
    let space = 21 - String(extent).utf8.count
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: space))
  }
}

/// An error in bytes that should be a header this library can use.
package struct NPYHeaderError: Error, Equatable, CustomStringConvertible {
  /// A kind of error. The raw value describes it in a sentence.
  package enum Code: String, Sendable, CaseIterable {
    case prefixTooShort = "The bytes end within the magic string, version and length of an .npy header."
    case wrongMagic = "The bytes do not begin with the magic string of the .npy format."
    case unsupportedVersion = "The version of the .npy format is not 1.0, 2.0 or 3.0."
    case truncatedHeader = "The length of the .npy header exceeds the bytes available."
    case nonASCII = "The .npy header holds a byte outside ASCII, which needs format version 3.0."
    case missingNewline = "The .npy header does not end in a newline."
    case trailingBytes = "The .npy header holds something other than spaces after its dictionary."
    case expectedDictionary = "The .npy header does not begin with a dictionary."
    case unexpectedEnd = "The .npy header ends before its dictionary does."
    case expectedKey = "A key in the .npy header is not a quoted string."
    case unterminatedString = "A string in the .npy header has no closing quote."
    case expectedColon = "A key in the .npy header is not followed by a colon."
    case expectedComma = "A value in the .npy header is followed by neither a comma nor a closing bracket."
    case nestedBrackets = "The .npy header has brackets where only a key or an extent is allowed."
    case unknownKey = "The .npy header has a key other than 'descr', 'fortran_order' and 'shape'."
    case duplicateKey = "The .npy header has the same key twice."
    case missingDescriptor = "The .npy header has no 'descr'."
    case missingOrder = "The .npy header has no 'fortran_order'."
    case missingShape = "The .npy header has no 'shape'."
    case expectedDescriptor = "The 'descr' of the .npy header is not a quoted string."
    case structuredElementType = "The elements are records of several fields, which cannot be shared."
    case objectElementType = "The elements are pickled Python objects, which cannot be shared."
    case unknownElementType = "The element type is not a number or Boolean of a supported size."
    case expectedBoolean = "The 'fortran_order' of the .npy header is neither True nor False."
    case shapeIsNotTuple = "The 'shape' of the .npy header is not a tuple."
    case expectedExtent = "An extent in the .npy header is not a decimal integer."
    case negativeExtent = "An extent in the .npy header is negative."
    case leadingZero = "An extent in the .npy header begins with a zero that is not its only digit."
    case extentTooLarge = "An extent in the .npy header is larger than the largest Int."
    case tooManyAxes = "The shape in the .npy header has more than 32 axes."
    case sizeOverflow = "The size in bytes of the array in the .npy header exceeds the largest Int."
  }

  /// The kind of error.
  package let code: Code

  /// The offset of the error from the start of the bytes.
  package let offset: Int

  /// A few of the bytes at that offset, as printable text. Empty at the end of the bytes.
  package let excerpt: String

  init(_ code: Code, at offset: Int, of bytes: Span<UInt8>) {
    self.code = code
    self.offset = offset
    let tail = bytes.extracting(droppingFirst: offset).extracting(first: 24)
    self.excerpt = tail.indices.map { Self.printable(tail[$0]) }.joined()
  }

  private static func printable(_ byte: UInt8) -> String {
    0x20..<0x7F ~= byte ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16)
  }

  /// A sentence about the error, and a sentence about its position.
  package var description: String {
    let place = excerpt.isEmpty ? "the bytes end." : "the bytes are: \(excerpt)"
    return "\(code.rawValue) At byte \(offset) \(place)"
  }
}
