internal import SharedArraysSystem

/// A type that can be written in decimal digits: `Float16`, `Float` or `Double`.
typealias DecimalReal = BinaryFloatingPoint & CustomStringConvertible

/// A finite number in decimal digits.
struct DecimalNumber {
  let isNegative: Bool
  /// The digits, each from 0 to 9. The array has at least one.
  var digits: [UInt8]
  /// The power of ten of the first digit.
  var exponent: Int

  /// The number of digits after the decimal point.
  var placeCount: Int { Swift.max(0, digits.count - 1 - exponent) }

  /// Creates the number with the fewest digits that distinguish `value` from its neighbours. If
  /// several such numbers exist, it is the one nearest to `value`.
  ///
  /// - Precondition: `value` is finite.
  init<Value: DecimalReal>(shortest value: Value) {
    isNegative = value.sign == .minus
    (digits, exponent) = Self.parse(value.magnitude.description)
    // The description of a large `Float16` integer has all its digits.
    if Value.significandBitCount < 11, exponent > 2 { shorten(value.magnitude) }
    removeZerosAtEnd()
  }

  /// Creates a number with `count` digits after the first one. These are the shortest digits if
  /// their number fits, and the rounded digits of the exact value otherwise.
  init<Value: DecimalReal>(_ value: Value, digitsAfterFirst count: Int) {
    self.init(shortest: value)
    if digits.count != count + 1 { round(value, digitCount: count + 1) }
  }

  /// Creates a number with at most `count` digits after the first one, without trailing zeros.
  init<Value: DecimalReal>(_ value: Value, atMostAfterFirst count: Int) {
    self.init(shortest: value)
    guard digits.count > count + 1 else { return }
    round(value, digitCount: count + 1)
    removeZerosAtEnd()
  }

  /// Creates a number with at most `count` digits after the decimal point, without trailing zeros.
  ///
  /// - Precondition: The first digit is at one of these places, or before the point.
  init<Value: DecimalReal>(_ value: Value, places count: Int) {
    self.init(shortest: value)
    guard placeCount > count else { return }
    round(value, digitCount: exponent + 1 + count)
    removeZerosAtEnd()
  }

  private mutating func round<Value: DecimalReal>(_ value: Value, digitCount: Int) {
    (digits, exponent) = roundedDigits(of: Double(value), count: digitCount)
  }

  private mutating func removeZerosAtEnd() {
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
  }

  /// Shortens the digits of an integer to the fewest that distinguish it from its neighbours.
  private mutating func shorten<Value: DecimalReal>(_ value: Value) {
    for count in 1..<digits.count {
      let rounded = roundedDigits(of: Double(value), count: count)
      let scale = (0..<Swift.max(0, rounded.exponent + 1 - count)).reduce(1) { scale, _ in scale * 10 }
      let integer = rounded.digits.reduce(0) { $0 * 10 + Int($1) } * scale
      if Value(integer) == value {
        (digits, exponent) = rounded
        return
      }
    }
  }

  /// Returns the digits in Swift's description of a number without a sign, such as "12.5", "0.001",
  /// "1e-05" or "1.5e+16".
  private static func parse(_ text: String) -> (digits: [UInt8], exponent: Int) {
    let parts = text.utf8.split(separator: UInt8(ascii: "e"))
    let number = parts[0].split(separator: UInt8(ascii: "."))
    let digits = number.joined().map { $0 - UInt8(ascii: "0") }
    let power = parts.count > 1 ? Int(Substring(parts[1])) ?? 0 : 0
    guard let first = digits.firstIndex(where: { $0 != 0 }) else { return ([0], 0) }
    return (Array(digits[first...]), number[0].count - 1 - first + power)
  }
}

extension DecimalNumber {
  /// The text without an exponent, such as "-12.5" or "3.".
  var positional: String {
    let zeros = [UInt8](repeating: 0, count: Swift.max(0, -exponent))
    var all = zeros + digits
    let integerCount = Swift.max(exponent, 0) + 1
    all += [UInt8](repeating: 0, count: Swift.max(0, integerCount - all.count))
    return sign + Self.text(all[..<integerCount]) + "." + Self.text(all[integerCount...])
  }

  /// Returns the text with an exponent of at least `exponentDigits` digits, such as "-1.25e-07" or
  /// "3.e+100".
  func scientific(exponentDigits: Int = 2) -> String {
    let power = String(exponent.magnitude)
    let zeros = String(repeating: "0", count: Swift.max(0, exponentDigits - power.utf8.count))
    let sign = exponent < 0 ? "-" : "+"
    return "\(self.sign)\(digits[0]).\(Self.text(digits[1...]))e\(sign)\(zeros)\(power)"
  }

  private var sign: String { isNegative ? "-" : "" }

  private static func text(_ digits: ArraySlice<UInt8>) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }
}
