import Foundation
import SharedArraysTransfer
import Testing

/// `Codable` types through the coder of messages.
@Suite(.timeLimit(.minutes(1)))
struct TransferCodableTests {
  @Test func `a struct of every kind of number arrives, at the extremes`() throws {
    try expectTransfer(of: Numbers())
    try expectTransfer(of: Numbers(sign: -1))
    try expectTransfer(of: [Numbers(), Numbers(sign: -1)])
  }

  @Test func `floating-point numbers in a struct arrive with their bits`() throws {
    let value = Floats(
      a: Double(bitPattern: 0x7ff0_0000_0000_0001), b: Float(bitPattern: 0xffc0_1234),
      c: Float16(bitPattern: 0x7c01), d: [-0.0, .infinity, Double(bitPattern: 0xfff8_0000_dead_beef)])
    let back = try transferred(value)
    #expect(back.a.bitPattern == value.a.bitPattern && back.b.bitPattern == value.b.bitPattern)
    #expect(back.c.bitPattern == value.c.bitPattern)
    #expect(back.d.map(\.bitPattern) == value.d.map(\.bitPattern))
  }

  @Test(arguments: [0, 1, 127, 128, -1, -128, -129, 32767, 32768, 1 << 31, -1 << 31, 1 << 62, .max, .min])
  func `an integer arrives, however many bytes it takes`(number: Int) throws {
    try expectTransfer(of: Boxed(value: number))
    try expectTransfer(of: Boxed(value: Int128(number) * Int128(number)))
    try expectTransfer(of: Boxed(value: UInt64(truncatingIfNeeded: number)))
    try expectTransfer(of: Boxed(value: UInt128(truncatingIfNeeded: number)))
    try expectTransfer(of: Boxed(value: [number, 3]))
  }

  @Test func `enumerations arrive, with and without payloads`() throws {
    for shape: Shape in [
      .none, .circle(radius: 1.5), .polygon([1, 2], name: "p"), .group([.none, .circle(radius: .pi)]),
      .unit(),
    ] {
      try expectTransfer(of: shape)
      try expectTransfer(of: Boxed(value: [shape, shape]))
    }
    try expectTransfer(of: [Color.red, .green])
    try expectTransfer(of: Boxed(value: ["a": Color.green]))
  }

  @Test func `optionals arrive, nested ones too`() throws {
    for value: Int??? in [nil, .some(nil), .some(.some(nil)), 3] {
      try expectTransfer(of: Boxed(value: value))
      try expectTransfer(of: Boxed(value: [value, nil, value]))
      try expectTransfer(of: Boxed(value: ["key": value]))
      try expectTransfer(of: Maybe(value: value, last: 1))
    }
  }

  @Test(arguments: [0, 1, 2, 253, 254, 255, 256, 1000, 70_000])
  func `collections in a struct arrive at any size`(count: Int) throws {
    try expectTransfer(of: Boxed(value: Array(0..<count)))
    try expectTransfer(of: Boxed(value: (0..<count).map { UInt8(truncatingIfNeeded: $0) }))
    try expectTransfer(of: Boxed(value: (0..<count).map { $0 % 2 == 0 }))
    try expectTransfer(of: Boxed(value: (0..<count).map { "\($0)" }))
    try expectTransfer(of: Boxed(value: (0..<count).map { Boxed(value: $0) }))
    try expectTransfer(of: Boxed(value: Set(0..<count)))
    try expectTransfer(of: Boxed(value: Dictionary(uniqueKeysWithValues: (0..<count).map { ("\($0)", $0) })))
    try expectTransfer(of: Boxed(value: Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, "\($0)") })))
    try expectTransfer(
      of: Boxed(value: Dictionary(uniqueKeysWithValues: (0..<count).map { (Boxed(value: $0), [$0]) })))
    try expectTransfer(of: Boxed(value: String(repeating: "é", count: count)))
  }

  @Test func `arrays of numbers are encoded as one piece`() throws {
    let empty = try messageBytes(Boxed(value: [Double]())).count
    #expect(try messageBytes(Boxed(value: [Double](repeating: 1, count: 20))).count == empty + 160)
    #expect(try messageBytes(Boxed(value: [Int16](repeating: 1, count: 20))).count == empty + 40)
  }

  @Test func `types of Foundation arrive within a struct`() throws {
    let value = Foreign(
      date: Date(timeIntervalSinceReferenceDate: 0.1), id: UUID(),
      url: try #require(URL(string: "file:///a")),
      data: Data((0..<300).map { UInt8(truncatingIfNeeded: $0) }), amount: Decimal(string: "1.10")!)
    try expectTransfer(of: value)
  }

  @Test func `subclasses arrive with their inherited properties`() throws {
    let back = try transferred(Boxed(value: [Derived(name: "a", extra: 1), Derived(name: "b", extra: 2)]))
      .value
    #expect(back.map(\.name) == ["a", "b"] && back.map(\.extra) == [1, 2])
  }

  @Test func `an object that is referred to twice arrives as two objects`() throws {
    let object = Derived(name: "shared", extra: 0)
    let back = try transferred(Boxed(value: [object, object])).value
    #expect(back[0] !== back[1] && back[0].name == back[1].name)
  }

  @Test(arguments: [1, 2, 3, 100])
  func `containers that are filled alternately arrive in order`(rounds: Int) throws {
    try expectTransfer(of: Interleaved(rounds: rounds))
    try expectTransfer(of: [Interleaved(rounds: rounds), Interleaved(rounds: 0), Interleaved(rounds: 5)])
    try expectTransfer(of: Boxed(value: ["a": Interleaved(rounds: rounds)]))
  }

  @Test func `numbers that were encoded as one piece can be read one by one`() throws {
    let numbers = [1.5, -0.0, .infinity]
    #expect(try transferred(OneByOne(numbers: numbers)).numbers == numbers)
    #expect(try transferred(OneByOne(numbers: [])).numbers == [])
  }

  @Test func `a value arrives when its type is found by trial`() throws {
    let values: [Anything] = [
      .null, .bool(true), .int(3), .double(3), .text("3"), .list([.int(1), .null]), .table(["a": .double(1)]),
    ]
    try expectTransfer(of: Boxed(value: values))
  }

  @Test func `a type can skip keys, add keys, and read them in any order`() throws {
    let back = try transferred(AnyOrder(count: 3000))
    #expect(back.sum == 3000 * 2999 / 2 && back.missing == nil && back.isNull)
  }

  @Test func `an error that a type throws is the cause of the transfer error`() throws {
    let error = #expect(throws: TransferError.self) {
      try transferred(Boxed(value: Unwilling(when: .encoding)))
    }
    #expect(error?.code == .refused && error?.cause is Unwilling.Refusal)
    let other = #expect(throws: TransferError.self) {
      try transferred(Boxed(value: Unwilling(when: .decoding)))
    }
    #expect(other?.code == .refused && other?.cause is Unwilling.Refusal)
  }

  @Test func `an error contains the coding path of the value`() throws {
    let error = #expect(throws: TransferError.self) {
      try transferred(Boxed(value: ["a": [Wrong(), Wrong()]]))
    }
    #expect(error?.code == .invalidValue)
    guard case .typeMismatch(_, let context)? = error?.cause as? DecodingError else {
      return #expect(error?.cause is DecodingError)
    }
    #expect(context.codingPath.map(\.stringValue) == ["value", "a", "Index 0", "inner", "number"])
    #expect(error?.description.contains("value.a.Index 0.inner.number") == true)
  }

  @Test func `coding paths equal those of JSONDecoder`() throws {
    let value = PathTeller()
    _ = try transferred(value)
    let ours = value.paths.take()
    let json = try JSONEncoder().encode(value)
    _ = value.paths.take()
    _ = try JSONDecoder().decode(PathTeller.self, from: json)
    let expected = value.paths.take()
    #expect(ours == expected + expected)
    #expect(expected.count == 6 && expected.contains("second: b -1, Index 2 2, c -1, Index 1 1"))
  }

  @Test(arguments: Misuse.Kind.allCases)
  func `misuse of an encoder is an error`(kind: Misuse.Kind) throws {
    #expect(transferCode { _ = try transferred(Boxed(value: [Misuse(kind: kind)])) } == .refused)
  }

  @Test func `a decoder that was kept beyond its message finds nothing`() throws {
    let kept = Kept()
    _ = try transferred(kept)
    let decoder = try #require(Kept.decoder.take().first)
    #expect(throws: TransferError.self) {
      try decoder.container(keyedBy: Kept.CodingKeys.self).decode(String.self, forKey: .text)
    }
    #expect(try decoder.container(keyedBy: Kept.CodingKeys.self).allKeys.isEmpty)
  }
}
