import SharedArraysTransfer

// Decodes any bytes as a value of one of many types, which the first byte chooses. An accepted
// value can be encoded, and arrives again. An error is one that concerns bytes.

@_cdecl("LLVMFuzzerTestOneInput")
func testTransfer(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  // SAFETY: libFuzzer hands over `count` readable bytes.
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  attempts[Int(bytes[0]) % attempts.count](bytes[1...])
  return 0
}

private let attempts: [@Sendable (ArraySlice<UInt8>) -> Void] = [
  { test([Double].self, $0) },
  { test([String].self, $0) },
  { test([String: [Int]].self, $0) },
  { test(Set<String?>.self, $0) },
  { test([Bool??].self, $0) },
  { test(Result<ClosedRange<Double>, Failure>.self, $0) },
  { test(Shape.self, $0) },
  { test(Record.self, $0) },
  { test(Anything.self, $0) },
  { test(InlineArray<3, [UInt8]>.self, $0) },
  { test([NoValue].self, $0) },
  { test([Int8: Duration].self, $0) },
  { test([[[[Int16]]]].self, $0) },
  { test([Derived].self, $0) },
  { test(Walker.self, $0) },
  { test(Tree.self, $0) },
]

/// Decodes the bytes behind a header that fits, and as they are.
private func test<Value: Transferable>(_ type: Value.Type, _ body: ArraySlice<UInt8>) {
  decode(type, from: Array(body))
  guard let header = header(of: type) else { fail("every type has a sample") }
  var message = header + body
  for index in 0..<6 { message[index] = UInt8(truncatingIfNeeded: message.count >> (8 * index)) }
  decode(type, from: message)
}

/// The header of the messages of a type, as far as it does not depend on the value.
private func header<Value: Transferable>(of type: Value.Type) -> [UInt8]? {
  for case let sample as Value in samples {
    guard let message = try? TransferMessage(encoding: sample) else { return nil }
    return unsafe message.bytes.withUnsafeBytes { unsafe Array($0.prefix(16)) }
  }
  return nil
}

private let samples: [any Transferable] = [
  [1.5], ["a"], ["a": [1]], Set<String?>(), [Bool??](),
  Result<ClosedRange<Double>, Failure>.failure(Failure(text: "")),
  Shape.none, Record(), Anything.null, [[], [], []] as InlineArray<3, [UInt8]>, [NoValue](),
  [Int8: Duration](),
  [[[[Int16]]]](), [Derived](), Walker(), Tree(children: []),
]

private func decode<Value: Transferable>(_ type: Value.Type, from bytes: [UInt8]) {
  do throws(TransferError) {
    let limits = TransferLimits(byteCount: 1 << 20)
    let value = try unsafe TransferMessage.decode(type, from: bytes.span.bytes, limits: limits)
    check(value)
  } catch {
    let expected: [TransferError.Code] = [
      .truncated, .trailingBytes, .unknownVersion, .wrongType, .invalidValue, .tooDeep, .tooLarge,
    ]
    guard expected.contains(error.code), !error.description.isEmpty else { fail("\(error) is expected") }
  }
}

private func check<Value: Transferable>(_ value: Value) {
  do throws(TransferError) {
    let first = try TransferMessage(encoding: value)
    let count = first.bytes.byteCount
    let again = try TransferMessage(encoding: TransferMessage.decode(Value.self, from: first.bytes))
    // The elements of a set may come in another order.
    guard again.bytes.byteCount == count else { fail("a decoded value is encoded to the same size") }
  } catch {
    fail("a decoded value of \(Value.self) can be sent again: \(error)")
  }
}

// MARK: - Types

private struct Failure: Error, Codable, Transferable { var text: String }

private indirect enum Shape: Codable, Transferable {
  case none
  case circle(radius: Float16)
  case polygon([Int32], name: String?)
  case group([Shape], Shape?)
}

private struct Record: Codable, Transferable {
  struct Inner: Codable { var a: Int??, b: [Float], c: [Int: Bool], d: Int128 }
  var flag = true
  var small: Int8 = 1, medium: UInt16 = 2, large: UInt64 = 3, huge: UInt128 = 4
  var numbers: [Double] = [], bytes: [UInt8] = [], texts: Set<String> = []
  var inner: Inner? = nil
  var list: [Inner?] = []
}

/// Tries one type after another.
private indirect enum Anything: Codable, Transferable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case text(String)
  case list([Anything])
  case table([String: Anything])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode([String: Anything].self) {
      self = .table(value)
    } else if let value = try? container.decode([Anything].self) {
      self = .list(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else {
      self = .int(try container.decode(Int.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .table(let value): try container.encode(value)
    }
  }
}

private class Base: Codable, @unchecked Sendable {
  var name = ""
}

private final class Derived: Base, Transferable, @unchecked Sendable {
  var extra: Int?

  enum Key: CodingKey { case extra }

  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    extra = try container.decodeIfPresent(Int.self, forKey: .extra)
    try super.init(from: container.superDecoder())
  }

  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try super.encode(to: container.superEncoder())
    try container.encodeIfPresent(extra, forKey: .extra)
  }
}

/// Walks through all containers, by every method.
private struct Walker: Codable, Transferable {
  var steps = 0

  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init() {}

  init(from decoder: any Decoder) throws { try walk(decoder, 0) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }

  private mutating func walk(_ decoder: any Decoder, _ depth: Int) throws {
    steps += 1
    guard depth < 40, steps < 2000 else { return }
    if let keyed = try? decoder.container(keyedBy: Key.self) {
      let keys = keyed.allKeys
      // Out of their order too, so that the containers make an index.
      for key in keys.prefix(20).reversed() + keys.prefix(20) {
        guard keyed.contains(key) else { continue }
        _ = try keyed.decodeNil(forKey: key)
        try walk(keyed.superDecoder(forKey: key), depth + 1)
      }
      try walk(keyed.superDecoder(), depth + 30)
    } else if var list = try? decoder.unkeyedContainer() {
      let count = list.count ?? 0
      while !list.isAtEnd, list.currentIndex < 50 {
        if try list.decodeNil() { continue }
        try walk(list.superDecoder(), depth + 1)
      }
      guard count >= list.currentIndex else { fail("a list has no more elements than its count") }
    } else {
      let single = try decoder.singleValueContainer()
      _ = try? single.decode(String.self)
      _ = try? single.decode(Int.self)
      _ = try? single.decode(UInt128.self)
      _ = try? single.decode(Float.self)
      _ = try? single.decode([Int16].self)
      _ = try? single.decode(Int??.self)
    }
  }
}

private struct Tree: Transferable {
  var children: [Tree]

  func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.encode(children) }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Tree {
    Tree(children: try reader.decode([Tree].self))
  }
}
