import SharedArraysTransfer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TransferValueTests {
  @Test func `the extremes of every integer type arrive`() throws {
    func check<Integer: FixedWidthInteger & Transferable>(_ type: Integer.Type) throws {
      for value in [Integer.min, Integer.max, 0, 1, Integer.max / 3, ~0] {
        try expectTransfer(of: value)
        try expectTransfer(of: [value, value])
        try expectTransfer(of: Optional(value))
      }
    }
    try check(Int.self)
    try check(Int8.self)
    try check(Int16.self)
    try check(Int32.self)
    try check(Int64.self)
    try check(Int128.self)
    try check(UInt.self)
    try check(UInt8.self)
    try check(UInt16.self)
    try check(UInt32.self)
    try check(UInt64.self)
    try check(UInt128.self)
  }

  @Test func `floating-point numbers arrive with their bits, NaN with its payload and sign`() throws {
    let doubles: [UInt64] = [
      0, 1 << 63, 1, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7ff8_0000_0000_1234,
      0x7ff0_0000_0000_0001, 0xffff_ffff_ffff_ffff, Double.greatestFiniteMagnitude.bitPattern,
    ]
    for bits in doubles {
      #expect(try transferred(Double(bitPattern: bits)).bitPattern == bits)
      #expect(try transferred([Double(bitPattern: bits)])[0].bitPattern == bits)
    }
    for bits: UInt32 in [0, 1 << 31, 1, 0x7f80_0000, 0x7f80_0001, 0xffff_ffff] {
      #expect(try transferred(Float(bitPattern: bits)).bitPattern == bits)
    }
    for bits: UInt16 in [0, 1 << 15, 1, 0x7c00, 0x7c01, 0xffff] {
      #expect(try transferred(Float16(bitPattern: bits)).bitPattern == bits)
    }
  }

  @Test(arguments: [
    "", "a", "fifteen bytes ..", "e\u{301} and \u{e9}", "\0", "👩‍👩‍👧‍👦 Ἀθῆναι 北京", "\u{10ffff}",
    String(repeating: "x", count: 254), String(repeating: "y", count: 255),
    String(repeating: "ü", count: 100_000),
  ])
  func `a text arrives with its bytes`(text: String) throws {
    #expect(try Array(transferred(text).utf8) == Array(text.utf8))
    #expect(try transferred([text, text]).map { Array($0.utf8) } == [Array(text.utf8), Array(text.utf8)])
  }

  @Test func `Booleans, durations, ranges and results arrive`() throws {
    try expectTransfer(of: true)
    try expectTransfer(of: [true, false, true])
    for duration in [
      Duration.zero, .seconds(-5), .nanoseconds(1), Duration(attoseconds: .max), Duration(attoseconds: .min),
    ] {
      try expectTransfer(of: duration)
      try expectTransfer(of: [duration])
    }
    try expectTransfer(of: 3..<7)
    try expectTransfer(of: 3..<3)
    try expectTransfer(of: -0.5...Double.infinity)
    try expectTransfer(of: "a"..."b")
    try expectTransfer(of: Result<Int, Refusal>.success(3))
    try expectTransfer(of: Result<[String], Refusal>.failure(Refusal(reason: "no")))
    try expectTransfer(of: NoValue())
    try expectTransfer(of: [NoValue(), NoValue()])
  }

  @Test func `an optional within an optional arrives at its level`() throws {
    for value: Int??? in [nil, .some(nil), .some(.some(nil)), 3] {
      try expectTransfer(of: value)
      try expectTransfer(of: [value, nil, value])
      try expectTransfer(of: ["key": value])
    }
  }

  @Test(arguments: [0, 1, 2, 253, 254, 255, 256, 1000, 70_000])
  func `collections of any size arrive`(count: Int) throws {
    try expectTransfer(of: Array(0..<count))
    try expectTransfer(of: ContiguousArray(0..<count))
    try expectTransfer(of: (0..<count).map { Double($0) / 3 })
    try expectTransfer(of: (0..<count).map { "\($0)" })
    try expectTransfer(of: (0..<count).map { $0 % 3 == 0 ? nil : $0 })
    try expectTransfer(of: Set(0..<count))
    try expectTransfer(of: Set((0..<count).map { "\($0)" }))
    try expectTransfer(of: Dictionary(uniqueKeysWithValues: (0..<count).map { ("\($0)", $0) }))
    try expectTransfer(of: Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, [$0]) }))
    try expectTransfer(of: Array(repeating: NoValue(), count: count))
    try expectTransfer(of: Array(repeating: Nothing(), count: count))
    try expectTransfer(of: Array(repeating: [Int](), count: count))
    try expectTransfer(of: [count: Array(repeating: NoValue(), count: count)])
  }

  @Test func `inline arrays arrive`() throws {
    let numbers: InlineArray<4, Int32> = [1, -2, 3, -4]
    let numbersBack = try transferred(numbers)
    #expect(numbers.indices.allSatisfy { numbersBack[$0] == numbers[$0] })
    let texts: InlineArray<2, String> = ["a", "b"]
    let textsBack = try transferred([texts])[0]
    #expect(texts.indices.allSatisfy { textsBack[$0] == texts[$0] })
    let none: InlineArray<0, String> = []
    #expect(try transferred(Array(repeating: none, count: 1000)).count == 1000)
  }

  @Test func `a set of many NaN keeps them all`() throws {
    let set: Set<Double> = [.nan, .nan, 1]
    #expect(set.count == 3)
    #expect(try transferred(set).count == 3)
  }

  @Test func `a bitwise type arrives as its bytes, and its arrays as one piece`() throws {
    let point = Point(x: -0.0, y: .nan, tag: 7)
    let back = try transferred([point, point])[1]
    #expect(
      back.x.bitPattern == point.x.bitPattern && back.y.bitPattern == point.y.bitPattern && back.tag == 7)
    let header = 16
    #expect(try messageBytes(point).count == header + MemoryLayout<Point>.size)
    #expect(try messageBytes([point, point]).count == header + 1 + 2 * MemoryLayout<Point>.stride)
  }

  @Test func `a type that is bitwise and Codable is encoded as its bytes`() throws {
    #expect(try messageBytes(Both(a: 1, b: 2)).count == 16 + 16)
    try expectTransfer(of: Both(a: 1, b: 2))
    try expectTransfer(of: [Both(a: 1, b: 2), Both(a: 3, b: 4)])
  }

  @Test func `a type with its own encoding is transferred with it`() throws {
    try expectTransfer(of: Fraction(numerator: 3, denominator: 4))
    #expect(throws: TransferError.self) { try transferred(Fraction(numerator: 3, denominator: 0)) }
    #expect(transferCode { _ = try transferred(Fraction(numerator: 3, denominator: 0)) } == .invalidValue)
  }

  @Test func `generic types and objects arrive by one conformance`() throws {
    try expectTransfer(of: Pair(first: 3, second: "x"))
    try expectTransfer(of: [Pair(first: [1.5], second: Int8(3))])
    let object = try transferred(Object(name: "n", values: [1, 2]))
    #expect(object.name == "n" && object.values == [1, 2])
  }
}

private struct Refusal: Error, Codable, Equatable, Transferable { var reason: String }

private struct Nothing: Codable, Equatable, Transferable {}

private struct Point: BitwiseTransferable, Transferable {
  var x, y: Double
  var tag: UInt8
}

private struct Both: BitwiseTransferable & BitwiseCopyable, Codable, Equatable, Transferable { var a, b: Int }

private struct Pair<First: Codable & Sendable & Equatable, Second: Codable & Sendable & Equatable>:
  Codable, Equatable, Transferable
{
  var first: First
  var second: Second
}

private final class Object: Codable, Sendable, Transferable {
  let name: String
  let values: [Int]

  init(name: String, values: [Int]) { (self.name, self.values) = (name, values) }
}

private struct Fraction: Transferable, Equatable {
  var numerator, denominator: Int

  init(numerator: Int, denominator: Int) { (self.numerator, self.denominator) = (numerator, denominator) }

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(numerator)
    try writer.encode(denominator)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Fraction {
    let (numerator, denominator) = (try reader.decode(Int.self), try reader.decode(Int.self))
    guard denominator != 0 else { throw TransferError(invalidValue: "a denominator of 0") }
    return Fraction(numerator: numerator, denominator: denominator)
  }
}
