import Foundation
import SharedArraysCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NPYHeaderTests {
  // MARK: - Encoding

  @Test(arguments: ElementType.allCases, 0...8)
  func `a header reads back as it was written`(elementType: ElementType, rank: Int) throws {
    let shape = Array([3, 1, 4, 1, 5, 9, 2, 6].prefix(rank))
    for (fortranOrder, alignment) in [(false, 64), (true, 64), (false, 4096), (true, 1)] {
      let bytes = NPYHeader.encode(
        elementType: elementType, shape: shape, fortranOrder: fortranOrder, paddedTo: alignment)
      let header = try parse(bytes)
      #expect(header.elementType == elementType)
      #expect(!header.isBigEndian)
      #expect(header.isFortranOrder == fortranOrder)
      #expect(header.shape == shape)
      #expect(header.dataOffset == bytes.count)
      #expect(header.elementCount == shape.reduce(1, *))
      #expect(header.byteCount == header.elementCount * elementType.byteCount)
      #expect(header.endOffset == bytes.count + header.byteCount)
      #expect(bytes.count.isMultiple(of: alignment))
    }
  }

  @Test func `a header of one axis ends in a comma`() {
    let bytes = NPYHeader.encode(elementType: .int8, shape: [5], fortranOrder: false, paddedTo: 64)
    let dictionary = "{'descr': '|i1', 'fortran_order': False, 'shape': (5,), }"
    #expect(bytes.count == 128)
    #expect(String(decoding: bytes[10...], as: UTF8.self).hasPrefix(dictionary + "    "))
  }

  @Test(.needsNumPy) func `headers equal NumPy's byte for byte, and other versions are read too`() throws {
    let cases = HeaderCase.all
    let answers = try HeaderCase.headers(of: cases)
    try #require(answers.count == cases.count)
    for (sample, expected) in zip(cases, answers) {
      let header = try parse(expected)
      #expect(header.elementType == sample.elementType)
      #expect(header.isFortranOrder == sample.fortranOrder)
      #expect(header.shape == sample.shape)
      #expect(header.dataOffset == expected.count)
      guard sample.version == 1 else { continue }
      #expect(sample.encoded == expected, "\(sample)")
    }
  }

  @Test func `encoding refuses shapes and paddings that the format cannot hold`() async {
    await #expect(processExitsWith: .failure) {
      _ = NPYHeader.encode(elementType: .bool, shape: [2, -1], fortranOrder: false, paddedTo: 64)
    }
    await #expect(processExitsWith: .failure) {
      let shape = [Int](repeating: 1, count: 33)
      _ = NPYHeader.encode(elementType: .bool, shape: shape, fortranOrder: false, paddedTo: 64)
    }
    await #expect(processExitsWith: .failure) {
      _ = NPYHeader.encode(elementType: .bool, shape: [], fortranOrder: false, paddedTo: 0)
    }
  }

  // MARK: - Descriptors

  @Test(arguments: ElementType.allCases)
  func `a descriptor names its type in either byte order`(elementType: ElementType) {
    let code = elementType.descriptor.dropFirst()
    let isOrdered = elementType.byteCount > 1
    for (mark, isBigEndian) in [("<", false), ("=", false), ("", false), (">", isOrdered)] {
      var found = !isBigEndian
      #expect(ElementType(descriptor: mark + code, isBigEndian: &found) == elementType)
      #expect(found == isBigEndian)
    }
    var ignored = false
    #expect(ElementType(descriptor: "|" + code, isBigEndian: &ignored) == (isOrdered ? nil : elementType))
    #expect(elementType.descriptor.hasSuffix("\(elementType.byteCount)"))
    #expect("\(elementType)" == elementType.name)
  }

  @Test(arguments: [
    "", "<", "f", "<f", "8", "<8", "<<f8", "<f8 ", " <f8", "<f08", "<f\0", "<f8\0", "<f16", "<f3", "<f1",
    "<i16", "<u3", "<b2", "<b8", "<c4", "<c1", "<c32", "<c160", "<?", "float64", "@f8", "!f8", "|O", "S10",
    "<f0", "<c@", "<U5", "<M8[ns]", "<m8", "|V8", "<ƒ8", "<g8",
  ])
  func `a descriptor of anything else names no type`(descriptor: String) {
    var isBigEndian = true
    #expect(ElementType(descriptor: descriptor, isBigEndian: &isBigEndian) == nil)
    #expect(isBigEndian, "the byte order was touched")
  }

  // MARK: - Accepted headers

  @Test(arguments: [
    "{'descr': '>f8', 'fortran_order': False, 'shape': (2, 3), }",
    "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\">f8\"}",
    "{'fortran_order': False, 'descr': \">f8\", 'shape': (2L, 3L)}",
    " \t\n{ 'shape' : ( 2 ,\n3 , ) ,\r\n\t'descr' : '>f8' , 'fortran_order' : False }          ",
  ])
  func `a dictionary may be spelt in every way Python spells it`(dictionary: String) throws {
    for version in UInt8(1)...3 {
      let bytes = HeaderSample.file(dictionary, version: version) + [1, 2, 3]
      let header = try parse(bytes)
      #expect(header.elementType == .float64)
      #expect(header.isBigEndian)
      #expect(!header.isFortranOrder)
      #expect(header.shape == [2, 3])
      #expect(header.dataOffset == bytes.count - 3)
      #expect(header.byteCount == 48)
    }
  }

  @Test func `an empty array may have the largest extents NumPy allows`() throws {
    let header = try parse(HeaderSample.file(shape: "(0, 1152921504606846960, 0)"))
    #expect(header.shape == [0, 1_152_921_504_606_846_960, 0])
    #expect(header.elementCount == 0)
    #expect(header.endOffset == header.dataOffset)
  }

  // MARK: - Refused headers

  @Test(arguments: HeaderSample.all)
  func `a faulty header is refused for its own reason`(sample: HeaderSample) {
    let error = #expect(throws: NPYHeaderError.self) { try parse(sample.bytes) }
    #expect(error?.code == sample.code)
    #expect(error?.description.hasPrefix(sample.code.rawValue) == true)
    #expect((error?.offset ?? -1) <= sample.bytes.count)
  }

  @Test func `every reason to refuse a header has an input that provokes it`() {
    #expect(Set(HeaderSample.all.map(\.code)) == Set(NPYHeaderError.Code.allCases))
  }

  @Test func `an error names the byte and quotes from there`() {
    let bytes = HeaderSample.file("{'descr': 'S10', 'fortran_order': False, 'shape': (2,), }")
    let error = #expect(throws: NPYHeaderError.self) { try parse(bytes) }
    #expect(error?.offset == 20)
    let excerpt = "At byte 20 the bytes are: 'S10', 'fortran_order': "
    #expect(error?.description == NPYHeaderError.Code.unknownElementType.rawValue + " " + excerpt)
  }

  @Test(arguments: [64, 4096])
  func `every part of a header is refused`(alignment: Int) {
    let bytes = NPYHeader.encode(
      elementType: .complex128, shape: [7, 8, 9], fortranOrder: false, paddedTo: alignment)
    for count in bytes.indices {
      #expect(throws: NPYHeaderError.self) { try parse(Array(bytes[..<count])) }
    }
  }

  /// A trap would not report its seed, but the seeds are fixed: the log shows the test's argument.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `a damaged header is refused or sound`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for mutation in 0..<25_000 {
      let bytes = HeaderSample.damaged(using: &generator)
      guard let header = try? parse(bytes) else { continue }
      #expect(isSound(header, in: bytes), "seed \(seed), mutation \(mutation): \(bytes)")
    }
  }

  private func parse(_ bytes: [UInt8]) throws(NPYHeaderError) -> NPYHeader {
    try NPYHeader.parse(RawSpan(_elements: bytes.span))
  }

  private func isSound(_ header: NPYHeader, in bytes: [UInt8]) -> Bool {
    var (size, overflow) = (header.elementType.byteCount, false)
    for extent in header.shape where extent != 0 {
      let product = size.multipliedReportingOverflow(by: extent)
      (size, overflow) = (product.partialValue, overflow || product.overflow || extent < 0)
    }
    return !overflow && header.shape.count <= NPYHeader.maximumRank
      && header.byteCount == (header.shape.contains(0) ? 0 : size)
      && header.byteCount == header.elementCount * header.elementType.byteCount
      && (10...bytes.count).contains(header.dataOffset) && bytes[header.dataOffset - 1] == 0x0A
      && header.endOffset >= header.dataOffset
  }
}

// MARK: - Inputs

/// Bytes to parse, and the reason why they are refused.
struct HeaderSample: Sendable, CustomTestStringConvertible {
  let code: NPYHeaderError.Code
  let bytes: [UInt8]

  var testDescription: String {
    let text = String(decoding: bytes.dropFirst(10).prefix(100), as: UTF8.self)
    return "\(code): \(text.debugDescription)"
  }

  static let all = prefixes + grammar + descriptors + shapes

  /// Returns a header with this text, a final newline and the correct length.
  static func file(_ text: String, version: UInt8 = 1) -> [UInt8] {
    let count = text.utf8.count + 1
    let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8) + [0x0A]
  }

  static func file(shape: String, _ descriptor: String = "'|u1'") -> [UInt8] {
    file("{'descr': \(descriptor), 'fortran_order': False, 'shape': \(shape), }     ")
  }

  private static func samples(
    _ texts: KeyValuePairs<NPYHeaderError.Code, [String]>, _ file: (String) -> [UInt8]
  ) -> [HeaderSample] {
    texts.flatMap { code, texts in texts.map { HeaderSample(code: code, bytes: file($0)) } }
  }

  private static let prefixes: [HeaderSample] = {
    let good = file(shape: "(2,)")
    let (version, rest) = (Array(good[..<6]), Array(good[8...]))
    let (length, text) = (Array(good[..<8]), Array(good[10...]))
    let refused: KeyValuePairs<NPYHeaderError.Code, [[UInt8]]> = [
      .prefixTooShort: [[], [0x78], Array(good[..<9]), version + [2, 0, 1, 0, 0]],
      .wrongMagic: [
        Array("hello world".utf8), [0x92] + good[1...], [0x93] + Array("numpy".utf8) + good[6...], [0] + good,
        [UInt8](repeating: 0, count: 4096),
      ],
      .unsupportedVersion: [version + [0, 0] + rest, version + [4, 0] + rest, version + [1, 1] + rest],
      .truncatedHeader: [
        good.dropLast(), length + [0xFF, 0xFF] + text, version + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF] + text,
      ],
      .missingNewline: [length + [0, 0] + text, length + [good[8] - 1, 0] + text, good.dropLast() + [32]],
      .trailingBytes: [good.dropLast(4) + [0, 0x20, 0x20, 0x0A], good.dropLast(2) + [0x0A, 0x0A]],
      .nonASCII: [file("{'descr': 'ƒ8'}", version: 2)],
      .unknownElementType: [file("{'descr': 'ƒ8'}", version: 3)],
      .unknownKey: [file("{'ƒ': 8}", version: 3)],
    ]
    return refused.flatMap { code, files in files.map { HeaderSample(code: code, bytes: $0) } }
  }()

  private static let grammar = samples([
    .expectedDictionary: ["[]", "'descr'", "None", "\0"],
    .unexpectedEnd: ["", "{", "{'descr'", "{'shape': (2,", "{'shape': (2,)", "{'descr': "],
    .expectedKey: ["{descr: '<f8'}", "{,}", "{1: 2}", "{'descr': '<f8',, }", "{\0}"],
    .unterminatedString: ["{'descr", "{'de\nscr': '<f8'}", "{'descr': '<f8"],
    .expectedColon: ["{'descr' '<f8'}", "{'descr'}", "{'descr\": '<f8'}", "{'descr''descr': '<f8'}"],
    .expectedComma: ["{'descr': '<f8' 'shape': ()}", "{'fortran_order': Falsehood}", "{'shape': (2,))}"],
    .nestedBrackets: ["{{'descr': '<f8'}}", "{('descr'): '<f8'}", "{[]: '<f8'}"],
    .unknownKey: ["{'descr': '<f8', 'extra': 1}", "{'Shape': ()}", "{'': ()}", "{'\\x64escr': '<f8'}"],
    .duplicateKey: [
      "{'descr': '<f8', 'descr': '<f8'}", "{'shape': (), \"shape\": ()}",
      "{'fortran_order': True, 'fortran_order': True}",
    ],
    .missingDescriptor: ["{}", "{'fortran_order': False, 'shape': ()}"],
    .missingOrder: ["{'descr': '<f8', 'shape': ()}"],
    .missingShape: ["{'descr': '<f8', 'fortran_order': False}"],
    .expectedBoolean: ["{'fortran_order': false}", "{'fortran_order': 0}", "{'fortran_order': 'True'}"],
    .nonASCII: ["{'descr': 'ƒ8'}", "{'descr': '<f8'} ƒ", "ƒ"],
    .trailingBytes: [
      "{'descr': '<f8', 'fortran_order': False, 'shape': ()}, 1",
      "{'descr': '<f8', 'fortran_order': False, 'shape': ()}}",
    ],
  ]) { file($0) }

  private static let descriptors = samples([
    .objectElementType: ["'|O'", "'O'"],
    .structuredElementType: ["[('x', '<f8'), ('y', '<i4')]", "('<f8', (2,))"],
    .unknownElementType: ["'|S10'", "'<U3'", "'<M8[ns]'", "'<m8'", "'|V16'", "'<f16'", "'|f8'", "''"],
    .expectedDescriptor: ["None", "8", "b'<f8'"],
    .expectedComma: ["'<f8' '<f8'"],
  ]) { file(shape: "(2,)", $0) }

  private static let shapes = samples([
    .shapeIsNotTuple: ["5", "(5)", "[5]", "None", ""],
    .expectedExtent: ["(,)", "(2,,3)", "(x,)", "(+2,)", "('2',)", "(True,)"],
    .expectedComma: ["(2 3)", "(2.0,)", "(0x10,)", "(1_0,)", "(2LL,)", "(1e3,)"],
    .nestedBrackets: ["((2, 3))", "(2, [3])", "({},)", String(repeating: "(", count: 60_000)],
    .negativeExtent: ["(-1,)", "(2, -9223372036854775809)"],
    .leadingZero: ["(010,)", "(2, 00)"],
    .extentTooLarge: ["(0, 9223372036854775808)", "(" + String(repeating: "9", count: 60_000) + ",)"],
    .tooManyAxes: [33, 20_000].map { "(" + String(repeating: "1, ", count: $0) + ")" },
    // The products wrap to a negative number, to 0 and to a small number. The last one lacks room
    // for the header.
    .sizeOverflow: [
      "(3037000500, 3037000500)", "(4294967296, 4294967296)", "(274177, 67280421310721)",
      "(4294967296, 4294967296, 0)", "(0, 9223372036854775807, 2)", "(9223372036854775807,)",
    ],
  ]) { file(shape: $0) }

  private static let valid = HeaderCase.all.map(\.encoded)
  private static let telling = Array("(){}[],:'\"0123456789-L<>|fiucb \n".utf8)

  /// Returns a valid header in which up to eight bytes were replaced, and whose end may have been
  /// truncated or extended.
  fileprivate static func damaged(using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = valid.randomElement(using: &generator) ?? []
    for _ in 0..<Int.random(in: 1...8, using: &generator) {
      // Most of the damage is in the text; otherwise it would mostly affect the padding.
      let position = Int.random(in: 0..<90, using: &generator)
      let isTelling = Int.random(in: 0..<4, using: &generator) > 0
      let byte = isTelling ? telling.randomElement(using: &generator) : nil
      bytes[position] = byte ?? UInt8.random(in: .min ... .max, using: &generator)
    }
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
    case 1: bytes += telling.shuffled(using: &generator)
    default: break
    }
    return bytes
  }
}

// MARK: - NumPy

/// A header that both NumPy and this package can write. The description is the line that NumPy's
/// script reads.
private struct HeaderCase: CustomStringConvertible {
  let elementType: ElementType
  let shape: [Int]
  let fortranOrder: Bool
  let alignment: Int
  let version: Int

  init(_ type: ElementType, _ shape: [Int], _ order: Bool, alignment: Int = 64, version: Int = 1) {
    (elementType, self.shape, fortranOrder) = (type, shape, order)
    (self.alignment, self.version) = (alignment, version)
  }

  var description: String {
    let extents = shape.map(String.init).joined(separator: ",")
    return "\(elementType);\(fortranOrder ? 1 : 0);\(alignment);\(version);\(extents)"
  }

  var encoded: [UInt8] {
    NPYHeader.encode(
      elementType: elementType, shape: shape, fortranOrder: fortranOrder, paddedTo: alignment)
  }

  static let all: [HeaderCase] = [false, true].flatMap { order in
    let shapes = [[], [0], [5], [3, 4], [0, 7], [1 << 40, 1 << 10], [8, 7, 6, 5, 4, 3, 2, 1]]
    let typed = ElementType.allCases.flatMap { type in
      shapes.map { HeaderCase(type, $0, order) }
    }
    // Texts of every length modulo 64, so that one of them needs no padding.
    let lengths = (0..<32).flatMap { rank in
      [[], [1], [10], [100]].map { [Int](repeating: 1, count: rank) + $0 }.filter { $0.count <= 32 }
    }
    let padded = lengths.map { HeaderCase(.uint8, $0, order) }
    let variants = shapes.flatMap { shape in
      [(4096, 1), (64, 2), (64, 3)].map { HeaderCase(.float64, shape, order, alignment: $0, version: $1) }
    }
    return typed + padded + variants
  }

  private static let script = """
    import io, sys, numpy
    module = numpy.lib.format.write_array_header_1_0.__globals__
    for line in sys.argv[1].splitlines():
      name, order, alignment, version, extents = line.split(';')
      module['ARRAY_ALIGN'] = int(alignment)
      shape = tuple(int(extent) for extent in extents.split(',') if extent)
      header = {'descr': numpy.dtype(name).str, 'fortran_order': order == '1', 'shape': shape}
      file = io.BytesIO()
      module['_write_array_header'](file, header, (int(version), 0))
      print(file.getvalue().hex())
    """

  /// Returns the headers that NumPy writes for the cases.
  static func headers(of cases: [HeaderCase]) throws -> [[UInt8]] {
    try python(script, cases.map(\.description).joined(separator: "\n"))
      .split(separator: "\n").map(bytes(hexadecimal:))
  }

  private static func bytes(hexadecimal text: Substring) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
