import SharedArraysTransfer
import TestSupport
import Testing

/// Messages with changed bytes: each decodes to a value or an error, and never traps.
@Suite(.timeLimit(.minutes(2)))
struct TransferMutationTests {
  @Test(arguments: 0..<10)
  func `two thousand mutated messages decode to values or errors`(seed: Int) throws {
    var random = SeededGenerator(seed: seed)
    var outcomes = Outcomes()
    for _ in 0..<200 {
      try outcomes.add([1.5, -0.0, .nan], &random)
      try outcomes.add(["a", "é", String(repeating: "z", count: 300)], &random)
      try outcomes.add(["one": [1: Set([true])], "two": [:]], &random)
      try outcomes.add(Array(repeating: Optional(Optional(3)), count: 5), &random)
      try outcomes.add(Result<Range<Int>, Unwilling.Failure>.success(3..<8), &random)
      try outcomes.add(Shape.group([.polygon([1, 2], name: "p"), .circle(radius: 1), .unit()]), &random)
      try outcomes.add(Boxed(value: [Numbers(), Numbers(sign: -1)]), &random)
      try outcomes.add(
        Boxed(value: ["a": Anything.list([.int(1 << 40), .text("x"), .table(["y": .null])])]), &random)
      try outcomes.add(Interleaved(rounds: 3), &random)
      try outcomes.add(Boxed(value: [Derived(name: "a", extra: 1)]), &random)
    }
    #expect(outcomes.count == 2000)
    // Most changes are detected; many result in other values.
    #expect(outcomes.values > 100 && outcomes.codes.count >= 2, "\(outcomes)")
    #expect(
      outcomes.codes.keys.allSatisfy {
        [.truncated, .trailingBytes, .invalidValue, .tooLarge, .tooDeep].contains($0)
      }, "\(outcomes)")
  }
}

private struct Outcomes: CustomStringConvertible {
  var values = 0
  var codes: [TransferError.Code: Int] = [:]

  var count: Int { values + codes.values.reduce(0, +) }
  var description: String { "\(values) values, \(codes)" }

  mutating func add<Value: Transferable>(_ value: Value, _ random: inout SeededGenerator) throws {
    var bytes = try messageBytes(value)
    for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
    setByteCount(&bytes)
    do {
      _ = try decode(Value.self, from: bytes, limits: TransferLimits(byteCount: 1 << 20))
      values += 1
    } catch {
      codes[error.code, default: 0] += 1
    }
  }

  /// Changes, removes or duplicates some of the bytes after the header.
  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard bytes.count > 16 else { return bytes.append(.random(in: 0...255, using: &random)) }
    let start = Int.random(in: 16..<bytes.count, using: &random)
    let end = Int.random(in: start...min(start + 12, bytes.count), using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[start] = .random(in: 0...255, using: &random)
    case 1: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.removeSubrange(start..<end)
    case 3: bytes.insert(contentsOf: bytes[start..<end], at: Int.random(in: 16...bytes.count, using: &random))
    case 4:
      bytes[start] = [0, 1, 2, 8, 12, 13, 14, 15, 127, 128, 253, 254, 255].randomElement(using: &random)!
    default: for index in start..<end { bytes[index] = .random(in: 0...255, using: &random) }
    }
  }
}
