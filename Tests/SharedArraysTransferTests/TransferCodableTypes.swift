import Foundation
import SharedArraysTransfer

// The types that the tests of the coder encode.

struct Boxed<Value: Codable & Sendable>: Codable, Transferable { var value: Value }
extension Boxed: Equatable where Value: Equatable {}
extension Boxed: Hashable where Value: Hashable {}

struct Maybe: Codable, Equatable, Transferable {
  var value: Int???
  var last: Int
}

struct Numbers: Codable, Equatable, Transferable {
  var a = Int.max, b = Int8.min, c = Int16.min, d = Int32.min, e = Int64.min, f = Int128.min
  var g = UInt.max, h = UInt8.max, i = UInt16.max, j = UInt32.max, k = UInt64.max, l = UInt128.max
  var m = Float16.greatestFiniteMagnitude, n = Float.leastNonzeroMagnitude, o = Double.pi, p = true
  var q: Int128? = .max, r: UInt128? = 0, s: Int? = nil, t: Int8? = 127

  init() {}

  init(sign: Int8) { (b, t, p, q) = (sign, sign, false, Int128(sign)) }
}

struct Floats: Codable, Transferable {
  var a: Double
  var b: Float
  var c: Float16
  var d: [Double]
}

enum Color: String, Codable, Transferable { case red, green }

indirect enum Shape: Codable, Equatable, Transferable {
  case none
  case circle(radius: Double)
  case polygon([Int], name: String)
  case group([Shape])
  case unit(Boxed<Int?> = Boxed(value: nil))
}

struct Foreign: Codable, Equatable, Transferable {
  var date: Date
  var id: UUID
  var url: URL
  var data: Data
  var amount: Decimal
}

class Base: Codable, @unchecked Sendable {
  let name: String

  init(name: String) { self.name = name }
}

final class Derived: Base, @unchecked Sendable {
  let extra: Int

  enum CodingKeys: CodingKey { case extra }

  init(name: String, extra: Int) {
    self.extra = extra
    super.init(name: name)
  }

  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    extra = try container.decode(Int.self, forKey: .extra)
    try super.init(from: container.superDecoder())
  }

  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try super.encode(to: container.superEncoder())
    try container.encode(extra, forKey: .extra)
  }
}

/// Opens all its containers before it fills them, in turn.
struct Interleaved: Codable, Equatable, Transferable {
  var rounds: Int

  enum Key: String, CodingKey { case first, second, list, rounds, deep, label }

  init(rounds: Int) { self.rounds = rounds }

  func encode(to encoder: any Encoder) throws {
    var outer = encoder.container(keyedBy: Key.self)
    var first = outer.nestedContainer(keyedBy: NumberKey.self, forKey: .first)
    var second = outer.nestedUnkeyedContainer(forKey: .second)
    var list = outer.nestedUnkeyedContainer(forKey: .list)
    let deep = outer.superEncoder(forKey: .deep)
    for round in 0..<rounds {
      try second.encode("\(round)")
      try first.encode(round, forKey: NumberKey(round))
      var inner = list.nestedContainer(keyedBy: Key.self)
      var innermost = inner.nestedUnkeyedContainer(forKey: .list)
      try inner.encode([1.5, 2.5], forKey: .deep)
      try second.encode(Boxed(value: round))
      try innermost.encode(round)
      try inner.encode("x", forKey: .label)
      try innermost.encode(Boxed(value: "y"))
    }
    try outer.encode(rounds, forKey: .rounds)
    try Boxed(value: "z").encode(to: deep)
  }

  init(from decoder: any Decoder) throws {
    let outer = try decoder.container(keyedBy: Key.self)
    rounds = try outer.decode(Int.self, forKey: .rounds)
    let first = try outer.nestedContainer(keyedBy: NumberKey.self, forKey: .first)
    var second = try outer.nestedUnkeyedContainer(forKey: .second)
    var list = try outer.nestedUnkeyedContainer(forKey: .list)
    var isRight = second.count == 2 * rounds && list.count == rounds && first.allKeys.count == rounds
    for round in 0..<rounds {
      isRight = try isRight && first.decode(Int.self, forKey: NumberKey(round)) == round
      isRight = try isRight && second.decode(String.self) == "\(round)"
      isRight = try isRight && second.decode(Boxed<Int>.self).value == round
      let inner = try list.nestedContainer(keyedBy: Key.self)
      isRight = try isRight && inner.decode([Double].self, forKey: .deep) == [1.5, 2.5]
      isRight = try isRight && inner.decode(String.self, forKey: .label) == "x"
      var innermost = try inner.nestedUnkeyedContainer(forKey: .list)
      isRight = try isRight && innermost.decode(Int.self) == round
      isRight = try isRight && innermost.decode(Boxed<String>.self).value == "y" && innermost.isAtEnd
    }
    isRight = isRight && second.isAtEnd && list.isAtEnd
    isRight = try isRight && Boxed<String>(from: outer.superDecoder(forKey: .deep)).value == "z"
    if !isRight { rounds = -1 }
  }
}

struct NumberKey: CodingKey {
  var stringValue: String
  var intValue: Int? { Int(stringValue) }

  init(_ number: Int) { stringValue = "\(number)" }
  init(stringValue: String) { self.stringValue = stringValue }
  init(intValue: Int) { stringValue = "\(intValue)" }
}

struct OneByOne: Codable, Transferable {
  var numbers: [Double]

  init(numbers: [Double]) { self.numbers = numbers }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    var list = try container.nestedUnkeyedContainer(forKey: .numbers)
    let count = list.count
    numbers = []
    while !list.isAtEnd { numbers.append(try list.decode(Double.self)) }
    if count != numbers.count { numbers = [.nan] }
  }
}

indirect enum Anything: Codable, Equatable, Transferable {
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

/// Reads every third of its entries, from the last to the first.
struct AnyOrder: Codable, Transferable {
  var count: Int
  var sum = 0
  var missing: Int?
  var isNull = false

  init(count: Int) { self.count = count }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NumberKey.self)
    try container.encodeNil(forKey: NumberKey(-1))
    try container.encode(["not", "read"], forKey: NumberKey(stringValue: "more"))
    for number in 0..<count { try container.encode(number, forKey: NumberKey(number)) }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: NumberKey.self)
    count = container.allKeys.count - 2
    missing = try container.decodeIfPresent(Int.self, forKey: NumberKey(stringValue: "missing"))
    isNull = try container.decodeNil(forKey: NumberKey(-1))
    for third in 0..<3 {
      for number in stride(from: count - 1 - third, through: 0, by: -3) {
        sum += try container.decode(Int.self, forKey: NumberKey(number))
      }
    }
  }
}

struct Unwilling: Codable, Transferable {
  struct Refusal: Error {}
  enum Moment: Codable { case encoding, decoding }
  var when: Moment

  init(when: Moment) { self.when = when }

  func encode(to encoder: any Encoder) throws {
    if when == .encoding { throw Refusal() }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(when, forKey: .when)
  }

  enum CodingKeys: CodingKey { case when }

  init(from decoder: any Decoder) throws { throw Refusal() }
}

/// Encodes a text where it decodes a number, in a nested container.
struct Wrong: Codable, Transferable {
  enum Key: CodingKey { case inner, number }

  init() {}

  func encode(to encoder: any Encoder) throws {
    var outer = encoder.container(keyedBy: Key.self)
    var inner = outer.nestedContainer(keyedBy: Key.self, forKey: .inner)
    try inner.encode("text", forKey: .number)
  }

  init(from decoder: any Decoder) throws {
    let outer = try decoder.container(keyedBy: Key.self)
    let inner = try outer.nestedContainer(keyedBy: Key.self, forKey: .inner)
    _ = try inner.decode(Int.self, forKey: .number)
  }
}

/// Notes that a `Codable` type leaves for its test.
final class Notes<Note>: @unchecked Sendable {
  private var notes: [Note] = []
  private let lock = NSLock()

  func add(_ note: Note) { lock.withLock { notes.append(note) } }
  func take() -> [Note] {
    lock.withLock {
      defer { notes = [] }
      return notes
    }
  }
}

/// Records the coding paths that it sees.
struct PathTeller: Codable, Transferable {
  private static let notes = Notes<String>()
  var paths: Notes<String> { Self.notes }
  enum Key: CodingKey { case a, b, c }

  struct Leaf: Codable {
    var name: String

    init(_ name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
      name = try decoder.singleValueContainer().decode(String.self)
      PathTeller.note(name, decoder.codingPath)
    }

    func encode(to encoder: any Encoder) throws {
      PathTeller.note(name, encoder.codingPath)
      var container = encoder.singleValueContainer()
      try container.encode(name)
    }
  }

  fileprivate static func note(_ what: String, _ path: [any CodingKey]) {
    notes.add(what + ": " + path.map { "\($0.stringValue) \($0.intValue ?? -1)" }.joined(separator: ", "))
  }

  init() {}

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Leaf("keyed"), forKey: .a)
    var list = container.nestedUnkeyedContainer(forKey: .b)
    try list.encode(1)
    try list.encode(Leaf("unkeyed"))
    var inner = list.nestedContainer(keyedBy: Key.self)
    try inner.encode([Leaf("first"), Leaf("second")], forKey: .c)
    Self.note("container", inner.codingPath)
    try Leaf("super").encode(to: container.superEncoder(forKey: .c))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    _ = try container.decode(Leaf.self, forKey: .a)
    var list = try container.nestedUnkeyedContainer(forKey: .b)
    _ = try list.decode(Int.self)
    _ = try list.decode(Leaf.self)
    let inner = try list.nestedContainer(keyedBy: Key.self)
    _ = try inner.decode([Leaf].self, forKey: .c)
    Self.note("container", inner.codingPath)
    _ = try Leaf(from: container.superDecoder(forKey: .c))
  }
}

/// Misuses of an encoder.
struct Misuse: Codable {
  enum Kind: CaseIterable { case twoContainers, twoValues, containerAfterValue, keptEncoder, keptContainer }
  enum Key: CodingKey { case a, b }
  var kind: Kind

  init(kind: Kind) { self.kind = kind }
  init(from decoder: any Decoder) throws { kind = .twoContainers }

  struct Inner: Encodable {
    let body: () throws -> Void
    func encode(to encoder: any Encoder) throws { try body() }
  }

  func encode(to encoder: any Encoder) throws {
    switch kind {
    case .twoContainers:
      _ = encoder.container(keyedBy: Key.self)
      _ = encoder.unkeyedContainer()
    case .twoValues:
      var container = encoder.singleValueContainer()
      try container.encode(1)
      try container.encode(2)
    case .containerAfterValue:
      var single = encoder.singleValueContainer()
      try single.encode(1)
      var container = encoder.container(keyedBy: Key.self)
      try? container.encode(1, forKey: .a)
    case .keptEncoder:
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(Inner { try 3.encode(to: encoder) }, forKey: .a)
    case .keptContainer:
      var container = encoder.unkeyedContainer()
      let copy = container
      try container.encode(
        Inner {
          var copy = copy
          try copy.encode(3)
        })
    }
  }
}

/// Keeps its decoder.
struct Kept: Codable, Transferable {
  static let decoder = Notes<any Decoder>()
  var text = "a text that is too long for a small one"

  enum CodingKeys: CodingKey { case text }

  init() {}

  init(from decoder: any Decoder) throws {
    Self.decoder.add(decoder)
    text = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .text)
  }
}
