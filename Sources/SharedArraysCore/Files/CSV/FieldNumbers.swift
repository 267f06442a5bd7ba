/// The reason a CSV field cannot be parsed as an element.
enum FieldFault: Error { case empty, tooLong, notANumber, outOfRange }

/// Parses the text of a field as a number, and stores it as an element of `type` at `place`.
///
/// Numbers are written as in Swift and in Python, regardless of the locale: "-12", "1.5", ".5",
/// "1e-3"; "nan", "inf" and "infinity" in upper or lower case. Truth values are "true", "false",
/// "1" and "0".
///
/// - Throws: `notANumber` or `outOfRange`.
/// - Precondition: The type is not complex, and `place` has room for an element.
func storeNumber(
  _ text: Span<UInt8>, as type: ElementType, at place: UnsafeMutableRawPointer
) throws(FieldFault) {
  // SAFETY: By the precondition.
  switch type {
  case .bool: unsafe place.storeBytes(of: try truthValue(text), as: UInt8.self)
  case .int8: unsafe place.storeBytes(of: try integer(text), as: Int8.self)
  case .int16: unsafe place.storeBytes(of: try integer(text), as: Int16.self)
  case .int32: unsafe place.storeBytes(of: try integer(text), as: Int32.self)
  case .int64: unsafe place.storeBytes(of: try integer(text), as: Int64.self)
  case .uint8: unsafe place.storeBytes(of: try integer(text), as: UInt8.self)
  case .uint16: unsafe place.storeBytes(of: try integer(text), as: UInt16.self)
  case .uint32: unsafe place.storeBytes(of: try integer(text), as: UInt32.self)
  case .uint64: unsafe place.storeBytes(of: try integer(text), as: UInt64.self)
  case .float16: unsafe place.storeBytes(of: try real(text, exactPowers: 4), as: Float16.self)
  case .float32: unsafe place.storeBytes(of: try real(text, exactPowers: 10), as: Float.self)
  case .float64: unsafe place.storeBytes(of: try real(text, exactPowers: 22), as: Double.self)
  case .complex64, .complex128: throw .notANumber
  }
}

private func truthValue(_ text: Span<UInt8>) throws(FieldFault) -> UInt8 {
  if isWord("true", text) { return 1 }
  if isWord("false", text) { return 0 }
  let number: UInt64
  do { number = try integer(text) } catch { throw .notANumber }
  guard number <= 1 else { throw .outOfRange }
  return UInt8(number)
}

private func integer<Number: FixedWidthInteger>(_ text: Span<UInt8>) throws(FieldFault) -> Number {
  let (isNegative, start) = sign(text)
  guard start < text.count else { throw .notANumber }
  var magnitude: UInt64 = 0
  var overflows = false
  for index in start..<text.count {
    guard let digit = digit(text[index]) else { throw .notANumber }
    let (product, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
    let (sum, isTooLargeNow) = product.addingReportingOverflow(digit)
    overflows = overflows || isTooLarge || isTooLargeNow
    magnitude = sum
  }
  let limit = UInt64((isNegative ? Number.min : Number.max).magnitude)
  guard !overflows, magnitude <= limit else { throw .outOfRange }
  return Number(truncatingIfNeeded: isNegative ? 0 &- magnitude : magnitude)
}

/// - Parameter exactPowers: The largest exponent up to which the type represents every power of ten
///   exactly.
private func real<Number: BinaryFloatingPoint & LosslessStringConvertible>(
  _ text: Span<UInt8>, exactPowers: Int
) throws(FieldFault) -> Number {
  guard let decimal = DecimalText(text) else {
    let (isNegative, start) = sign(text)
    let word = text.extracting(droppingFirst: start)
    if isWord("nan", word) { return .nan }
    guard isWord("inf", word) || isWord("infinity", word) else { throw .notANumber }
    return isNegative ? -.infinity : .infinity
  }
  var magnitude: Number
  if decimal.isComplete, decimal.digits >> (Number.significandBitCount + 1) == 0,
    decimal.exponent.magnitude <= exactPowers
  {
    // The type represents both numbers exactly, so the result is rounded only once.
    let power = Number(powersOfTen[Int(decimal.exponent.magnitude)])
    magnitude = decimal.exponent < 0 ? Number(decimal.digits) / power : Number(decimal.digits) * power
  } else {
    let digits = unsafe text.extracting(droppingFirst: sign(text).count).withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
    guard let number = Number(digits) else { throw .notANumber }
    magnitude = number
  }
  guard magnitude.isFinite else { throw .outOfRange }
  if decimal.isNegative { magnitude.negate() }
  return magnitude
}

/// The powers of ten that a `Double` represents exactly.
private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20,
  1e21, 1e22,
]

/// The parts of a text such as "-12.5e3".
private struct DecimalText {
  let isNegative: Bool
  /// The digits without a point.
  private(set) var digits: UInt64 = 0
  /// The exponent of the power of ten that multiplies the digits.
  private(set) var exponent = 0
  /// Whether `digits` holds all digits of the text.
  private(set) var isComplete = true

  /// Returns nil if the text does not have this form.
  init?(_ text: Span<UInt8>) {
    var index: Int
    (isNegative, index) = sign(text)
    var hasDigits = false
    var hasPoint = false
    while index < text.count {
      if let digit = digit(text[index]) {
        hasDigits = true
        append(digit)
        if hasPoint { exponent -= 1 }
      } else if text[index] == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      index += 1
    }
    guard hasDigits else { return nil }
    if index < text.count, !readExponent(text, from: index) { return nil }
  }

  private mutating func append(_ digit: UInt64) {
    // With `digits` below 10^18, the new value is less than 10^19 and fits in 64 bits.
    guard digits < 1_000_000_000_000_000_000 else {
      isComplete = false
      return
    }
    digits = digits * 10 + digit
  }

  /// Reads the exponent. Returns false if the text at `index` is not an exponent.
  private mutating func readExponent(_ text: Span<UInt8>, from index: Int) -> Bool {
    guard text[index] | 0x20 == UInt8(ascii: "e") else { return false }
    let power = text.extracting(droppingFirst: index + 1)
    let (isNegative, start) = sign(power)
    guard start < power.count else { return false }
    var value = 0
    for index in start..<power.count {
      guard let digit = digit(power[index]) else { return false }
      value = min(value * 10 + Int(digit), 1 << 20)
    }
    exponent += isNegative ? -value : value
    return true
  }
}

private func sign(_ text: Span<UInt8>) -> (isNegative: Bool, count: Int) {
  guard text.count > 0 else { return (false, 0) }
  let isNegative = text[0] == UInt8(ascii: "-")
  return (isNegative, isNegative || text[0] == UInt8(ascii: "+") ? 1 : 0)
}

@inline(__always)
private func digit(_ byte: UInt8) -> UInt64? {
  let value = byte &- UInt8(ascii: "0")
  return value < 10 ? UInt64(value) : nil
}

/// Whether the text is the word, in upper or lower case.
private func isWord(_ word: StaticString, _ text: Span<UInt8>) -> Bool {
  guard text.count == word.utf8CodeUnitCount else { return false }
  // SAFETY: The index is less than the number of bytes of the word.
  return text.indices.allSatisfy { unsafe text[$0] | 0x20 == word.utf8Start[$0] }
}
