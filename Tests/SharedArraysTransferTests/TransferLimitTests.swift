import SharedArraysTransfer
import Testing

/// Messages that are too large, too deep, too short or of another type.
@Suite(.timeLimit(.minutes(1)))
struct TransferLimitTests {
  // MARK: Depth

  @Test(arguments: [1, 2, 10, 128])
  func `values nested up to the limit arrive, and one more level is refused`(depth: Int) throws {
    let limits = TransferLimits(depth: depth)
    let chain = Chain(length: depth)
    #expect(try transferred(chain, limits: limits).length == depth)
    let longer = Chain(length: depth + 1)
    #expect(transferCode { _ = try TransferMessage(encoding: longer, limits: limits) } == .tooDeep)
    let message = try messageBytes(longer, limits: TransferLimits(depth: depth + 1))
    #expect(transferCode { _ = try decode(Chain.self, from: message, limits: limits) } == .tooDeep)
  }

  @Test func `the default depth limit is 128`() throws {
    try expectTransfer(of: Chain(length: 128))
    #expect(transferCode { _ = try TransferMessage(encoding: Chain(length: 129)) } == .tooDeep)
    #expect(transferCode { _ = try TransferMessage(encoding: Chain(length: 100_000)) } == .tooDeep)
  }

  @Test func `every kind of nesting counts`() throws {
    let limits = TransferLimits(depth: 4)
    #expect(try transferred([[[1]]], limits: limits) == [[[1]]])
    #expect(transferCode { _ = try transferred([[[[1]]]], limits: limits) } == .tooDeep)
    #expect(transferCode { _ = try transferred(Boxed(value: [[[["a"]]]]), limits: limits) } == .tooDeep)
    #expect(
      transferCode { _ = try transferred(Optional(Optional(Optional(Optional(1)))), limits: limits) }
        == .tooDeep)
    #expect(try transferred(["a": [["a": 1]]], limits: limits) == ["a": [["a": 1]]])
    #expect(transferCode { _ = try transferred(["a": [["a": Set([1])]]], limits: limits) } == .tooDeep)
    #expect(transferCode { _ = try transferred(Tree(depth: 40)) } == nil)
    #expect(transferCode { _ = try transferred(Tree(depth: 200)) } == .tooDeep)
  }

  @Test(arguments: [NestingContainers.Kind.keyed, .unkeyed, .superclass])
  func `nested containers count, even a great many`(kind: NestingContainers.Kind) throws {
    try expectTransfer(of: NestingContainers(kind: kind, count: 100))
    let value = NestingContainers(kind: kind, count: 200_000)
    #expect(transferCode { _ = try TransferMessage(encoding: value) } == .tooDeep)
  }

  // MARK: Size

  @Test func `a message beyond the limit of bytes is refused on both sides`() throws {
    let values = Array(repeating: 1.5, count: 1000)
    let size = try messageBytes(values).count
    let (fits, tooSmall) = (TransferLimits(byteCount: size), TransferLimits(byteCount: size - 1))
    #expect(try transferred(values, limits: fits) == values)
    #expect(transferCode { _ = try TransferMessage(encoding: values, limits: tooSmall) } == .tooLarge)
    let bytes = try messageBytes(values)
    #expect(transferCode { _ = try decode([Double].self, from: bytes, limits: tooSmall) } == .tooLarge)
    for limit in 0...40 {
      let limits = TransferLimits(byteCount: limit)
      // 16 bytes of header, a count, and a length for each text.
      let code = transferCode { _ = try TransferMessage(encoding: ["some text", "more"], limits: limits) }
      #expect(code == (limit < 32 ? .tooLarge : nil))
    }
  }

  @Test func `collections that would outgrow the limit are refused though their bytes are few`() throws {
    // Each value takes one byte in the message and 80 bytes in memory.
    let values = [InlineArray<10, Int>?](repeating: nil, count: 1000)
    let limits = TransferLimits(byteCount: 70_000)
    #expect(try messageBytes(values).count < 2000)
    #expect(transferCode { _ = try TransferMessage(encoding: values, limits: limits) } == .tooLarge)
    let bytes = try messageBytes(values)
    #expect(
      transferCode { _ = try decode([InlineArray<10, Int>?].self, from: bytes, limits: limits) } == .tooLarge)
  }

  @Test(arguments: [3, 1 << 20, 1 << 40, 1 << 62, UInt64(Int.max) - 20, UInt64(Int.max), 1 << 63, .max])
  func `a count that the bytes cannot hold allocates nothing`(count: UInt64) throws {
    /// Checks a value whose message ends with a count of 0.
    func check<Value: Transferable>(_ value: Value) throws {
      var bytes = try messageBytes(value)
      #expect(bytes.removeLast() == 0)
      bytes += [255] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + [0, 0]
      setByteCount(&bytes)
      let code = transferCode { _ = try decode(Value.self, from: bytes) }
      #expect(code == (count > UInt64(Int.max) ? .invalidValue : .truncated), "\(Value.self)")
    }
    try check([Double]())
    try check([String]())
    try check([NoValue]())
    try check([[Int]]())
    try check(ContiguousArray<Bool>())
    try check([InlineArray<0, String>]())
    try check(Set<UInt8>())
    try check([Boxed<Int>]())
    try check("")
    try check(["a", ""])
    try check(Set([""]))
    try check(["key": [Int]()])
    try check(Boxed(value: ""))
  }

  // MARK: Damaged bytes

  @Test func `a message without its last bytes is truncated, wherever it ends`() throws {
    func check<Value: Transferable>(_ value: Value) throws {
      let bytes = try messageBytes(value)
      for count in 0..<bytes.count {
        let shorter = Array(bytes.prefix(count))
        #expect(transferCode { _ = try decode(Value.self, from: shorter) } == .truncated)
        guard count >= 16 else { continue }
        var announced = shorter
        setByteCount(&announced)
        let code = transferCode { _ = try decode(Value.self, from: announced) }
        #expect(
          code == .truncated || code == .invalidValue, "\(count) of \(bytes.count) bytes of a \(Value.self)")
      }
    }
    try check([1.5, 2.5])
    try check(["key": [1: "value"]])
    try check(Result<Int, Unwilling.Failure>.success(3))
    try check(Boxed(value: ["a": [Boxed(value: 1), Boxed(value: 70_000)]]))
    try check(Shape.polygon([1, 2, 3], name: "p"))
    try check(Numbers())
  }

  @Test func `bytes after the value are an error, announced or not`() throws {
    var bytes = try messageBytes([1, 2])
    bytes.append(0)
    #expect(transferCode { _ = try decode([Int].self, from: bytes) } == .trailingBytes)
    setByteCount(&bytes)
    #expect(transferCode { _ = try decode([Int].self, from: bytes) } == .trailingBytes)
  }

  @Test func `a message of another type is refused, even with the same layout`() throws {
    let bytes = try messageBytes([1, 2])
    #expect(transferCode { _ = try decode([UInt].self, from: bytes) } == .wrongType)
    #expect(transferCode { _ = try decode(Set<Int>.self, from: bytes) } == .wrongType)
    #expect(transferCode { _ = try decode(Boxed<[Int]>.self, from: bytes) } == .wrongType)
    let one = try messageBytes(Private.Same(value: 1))
    #expect(transferCode { _ = try decode(Other.Same.self, from: one) } == .wrongType)
  }

  @Test func `bytes of another version, and bytes that are not a message, are refused`() throws {
    var bytes = try messageBytes(1)
    bytes[6] = 2
    #expect(transferCode { _ = try decode(Int.self, from: bytes) } == .unknownVersion)
    #expect(
      transferCode { _ = try decode(Int.self, from: Array("hello world, hello".utf8)) } == .unknownVersion)
    #expect(
      transferCode { _ = try decode(Int.self, from: Array(repeating: 0, count: 100)) } == .unknownVersion)
    #expect(transferCode { _ = try decode(Int.self, from: []) } == .truncated)
  }

  @Test func `bytes that are not a valid value are refused`() throws {
    func check<Value: Transferable>(_ value: Value, at offset: Int, _ byte: UInt8) throws {
      var bytes = try messageBytes(value)
      bytes[16 + offset] = byte
      #expect(transferCode { _ = try decode(Value.self, from: bytes) } == .invalidValue, "\(value)")
    }
    try check(true, at: 0, 2)
    try check([true, false], at: 2, 255)
    try check(Optional(3), at: 0, 2)
    try check("abc", at: 1, 0xff)
    try check(["abc"], at: 4, 0x80)
    try check(UInt8(1)..<2, at: 0, 3)
    try check(UInt8(1)...2, at: 0, 3)
    let set: Set<UInt8> = [1, 2]
    try check(set, at: 1, try messageBytes(set)[18])
    let pair: [UInt8: UInt8] = [1: 1, 2: 2]
    try check(pair, at: 1, try messageBytes(pair)[19])
    try check(Boxed(value: true), at: 12, 5)
    // The byte length of the numbers, and the size of each.
    for length: UInt8 in [0, 1, 3] { try check(Boxed(value: [UInt16(7)]), at: 13, length) }
    try check(Boxed(value: [UInt16(7)]), at: 15, 0)
  }

  @Test func `an error names the sizes and types involved`() throws {
    let bytes = try messageBytes(1)
    let wrong = #expect(throws: TransferError.self) { try decode(String.self, from: bytes) }
    #expect(
      wrong?.description
        == "A value could not be transferred: the message holds a value of another type (String was requested)."
    )
    let short = #expect(throws: TransferError.self) { try decode(Int.self, from: Array(bytes.dropLast())) }
    #expect(
      short?.description
        == "A value could not be transferred: the bytes end before the value does (23 bytes of 24).")
  }
}

/// Sets the byte count in the header of a message to its actual size.
func setByteCount(_ bytes: inout [UInt8]) {
  for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index)) }
}

/// A list that is `Codable` element by element.
private final class Chain: Codable, Equatable, Transferable {
  let next: Chain?

  init(next: Chain?) { self.next = next }

  convenience init(length: Int) {
    var next: Chain?
    for _ in 1..<length { next = Chain(next: next) }
    self.init(next: next)
  }

  var length: Int {
    var (length, chain) = (0, Optional(self))
    while let current = chain { (length, chain) = (length + 1, current.next) }
    return length
  }

  static func == (a: Chain, b: Chain) -> Bool { a.length == b.length }
}

/// A recursive type with its own coding.
private struct Tree: Transferable {
  var children: [Tree]

  init(depth: Int) { children = depth == 0 ? [] : [Tree(depth: depth - 1)] }
  private init(_ children: [Tree]) { self.children = children }

  func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.encode(children) }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Tree {
    Tree(try reader.decode([Tree].self))
  }
}

struct NestingContainers: Codable, Equatable, Transferable {
  enum Kind: Codable { case keyed, unkeyed, superclass }
  enum Key: CodingKey { case a }
  var kind: Kind
  var count: Int

  init(kind: Kind, count: Int) { (self.kind, self.count) = (kind, count) }

  func encode(to encoder: any Encoder) throws {
    var outer = encoder.unkeyedContainer()
    try outer.encode(kind)
    switch kind {
    case .keyed:
      var container = outer.nestedContainer(keyedBy: Key.self)
      for _ in 1..<count { container = container.nestedContainer(keyedBy: Key.self, forKey: .a) }
    case .unkeyed:
      var container = outer.nestedUnkeyedContainer()
      for _ in 1..<count { container = container.nestedUnkeyedContainer() }
    case .superclass:
      var encoder = outer.superEncoder()
      for _ in 1..<count {
        var container = encoder.container(keyedBy: Key.self)
        encoder = container.superEncoder()
      }
    }
  }

  init(from decoder: any Decoder) throws {
    var outer = try decoder.unkeyedContainer()
    kind = try outer.decode(Kind.self)
    count = 0
    switch kind {
    case .keyed:
      var container: KeyedDecodingContainer? = try outer.nestedContainer(keyedBy: Key.self)
      while let current = container {
        count += 1
        container = current.contains(.a) ? try current.nestedContainer(keyedBy: Key.self, forKey: .a) : nil
      }
    case .unkeyed:
      var container: (any UnkeyedDecodingContainer)? = try outer.nestedUnkeyedContainer()
      while var current = container {
        count += 1
        container = current.isAtEnd ? nil : try current.nestedUnkeyedContainer()
      }
    case .superclass:
      var decoder: (any Decoder)? = try outer.superDecoder()
      while let current = decoder {
        count += 1
        let container = try current.container(keyedBy: Key.self)
        decoder =
          container.allKeys.isEmpty && !container.contains(.a) && count >= 100
          ? nil : try container.superDecoder()
      }
    }
  }
}

private enum Private {
  struct Same: BitwiseTransferable & BitwiseCopyable, Transferable { var value: Int }
}

private enum Other {
  struct Same: BitwiseTransferable & BitwiseCopyable, Transferable { var value: Int }
}

extension Unwilling {
  struct Failure: Error, Codable, Transferable {}
}
