import Foundation
import SharedArrays

/// The cost of encoding values to bytes and decoding them, beside Foundation's coders.
enum Transfer {
  static func run(_ runner: Runner) throws {
    try measure(numbers, "[Double] of 1000", repetitions: 2_000, runner)
    try measure(Reading(index: 0), "a struct", repetitions: 20_000, runner)
    try measure((0..<1000).map(Reading.init), "1000 structs", repetitions: 100, runner)
    let counts = Dictionary(uniqueKeysWithValues: (0..<100).map { ("key \($0)", $0 * 1000) })
    try measure(counts, "[String: Int] of 100", repetitions: 1_000, runner)
  }

  /// Numbers that need all their digits.
  private static let numbers = (1...1000).map { Double($0).squareRoot() }

  /// Measures encoding and decoding of a value. The reported n is the size of the message in bytes.
  private static func measure<Value: Codable & Transferable & Equatable>(
    _ value: Value, _ name: String, repetitions: Int, _ runner: Runner
  ) throws {
    let repetitions = runner.quick ? max(1, repetitions / 50) : repetitions
    let (json, plist) = (JSONEncoder(), PropertyListEncoder())
    let (fromJSON, fromPlist) = (JSONDecoder(), PropertyListDecoder())
    plist.outputFormat = .binary
    func contender(_ name: String, _ copy: @escaping () throws -> Value) -> Contender {
      Contender(
        name,
        check: { if try copy() != value { throw BenchmarkError("decoding returned a different value") } },
        run: { try secondsPerCall(repetitions) { use(try copy()) } * 1e9 })
    }
    let message = try TransferMessage(encoding: value)
    try runner.measure(
      bench: "W11 encode + decode \(name)", unit: .nanoseconds,
      n: message.byteCount, rounds: runner.rounds(7),
      contenders: [
        contender("Foundation JSON") {
          try fromJSON.decode(Value.self, from: json.encode(value))
        },
        contender("Foundation property list, binary") {
          try fromPlist.decode(Value.self, from: plist.encode(value))
        },
        contender("SharedArrays Transferable") {
          try TransferMessage(encoding: value).decode()
        },
        contender("SharedArrays Transferable, by Codable alone") {
          try TransferMessage(encoding: ByCodable(value: value)).decode(as: ByCodable<Value>.self).value
        },
      ])
  }

  @inline(never) private static func use<Value>(_ value: Value) {}
}

/// A small struct with properties of common types.
private struct Reading: Codable, Equatable, Transferable {
  var name: String
  var value: Double
  var index: Int
  var isValid: Bool
  var note: String?

  init(index: Int) {
    name = "sensor \(index)"
    value = Double(index).squareRoot()
    self.index = index
    isValid = index % 7 != 0
    note = index % 5 == 0 ? "checked by hand" : nil
  }
}

/// A wrapper that encodes its value by `Codable`, without the shorter encoding of `Transferable`.
private struct ByCodable<Value: Codable & Sendable>: Codable, Transferable {
  var value: Value
}
