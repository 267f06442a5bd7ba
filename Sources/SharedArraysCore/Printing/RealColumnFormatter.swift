/// A formatter that writes the real numbers of an array as NumPy does: all in the same format, with
/// aligned decimal points.
///
/// It applies NumPy's default print options: at most eight digits after the point, without trailing
/// zeros.
struct RealColumnFormatter {
  private static let precision = 8

  private let showsPlus: Bool
  private let usesExponents: Bool
  /// The number of digits after the point, if exponents are used.
  private var digitsAfterFirst = 0
  private var exponentDigits = 2
  /// The numbers of characters before and after the decimal point.
  private var widthBefore = 0
  private var widthBehind = 0

  init<Value: DecimalReal>(_ values: [Value], showsPlus: Bool = false) {
    self.showsPlus = showsPlus
    let finite = values.filter(\.isFinite)
    usesExponents = Self.needsExponents(finite)
    if usesExponents { measureScientific(finite) } else { measurePositional(finite) }
    for value in values where !value.isFinite {
      widthBefore = Swift.max(widthBefore, nonFiniteText(value).utf8.count - widthBehind - 1)
    }
  }

  /// Returns the text of one of the numbers. All texts are equally long.
  func text<Value: DecimalReal>(_ value: Value) -> String {
    guard value.isFinite else {
      let text = nonFiniteText(value)
      return spaces(widthBefore + 1 + widthBehind - text.utf8.count) + text
    }
    let text =
      usesExponents
      ? DecimalNumber(value, digitsAfterFirst: digitsAfterFirst).scientific(exponentDigits: exponentDigits)
      : DecimalNumber(value, places: Self.precision).positional
    let signed = showsPlus && value.sign == .plus ? "+" + text : text
    let (before, behind) = Self.widths(signed)
    return spaces(widthBefore - before) + signed + spaces(widthBehind - behind)
  }

  private func nonFiniteText<Value: DecimalReal>(_ value: Value) -> String {
    let text = value.isNaN ? "nan" : "inf"
    return (value < 0 ? "-" : showsPlus ? "+" : "") + text
  }

  private static func widths(_ text: String) -> (before: Int, behind: Int) {
    let before = text.utf8.prefix { $0 != UInt8(ascii: ".") }.count
    return (before, text.utf8.count - before - 1)
  }
}

// MARK: - Measuring

extension RealColumnFormatter {
  private static func needsExponents<Value: DecimalReal>(_ values: [Value]) -> Bool {
    let magnitudes = values.lazy.filter { $0 != 0 }.map(\.magnitude)
    guard let least = magnitudes.min(), let most = magnitudes.max() else { return false }
    return most >= Value(firstWithExponent(Value.self)) || least < Value(0.0001) || most / least > 1000
  }

  /// Returns the smallest number that always has an exponent: 10 to the power of the number of
  /// digits that the type reliably has. For `Double`, that number is 8 in an array, and 16 for a
  /// single number.
  static func firstWithExponent<Value: DecimalReal>(_ type: Value.Type, isAlone: Bool = false) -> Double {
    switch type.significandBitCount {
    case 10: 1e3
    case 23: 1e6
    default: isAlone ? 1e16 : 1e8
    }
  }

  private mutating func measureScientific<Value: DecimalReal>(_ values: [Value]) {
    for value in values {
      let number = DecimalNumber(value, atMostAfterFirst: Self.precision)
      digitsAfterFirst = Swift.max(digitsAfterFirst, number.digits.count - 1)
      exponentDigits = Swift.max(exponentDigits, String(number.exponent.magnitude).utf8.count)
      widthBefore = Swift.max(widthBefore, showsPlus || number.isNegative ? 2 : 1)
    }
    widthBehind = digitsAfterFirst + 2 + exponentDigits
  }

  private mutating func measurePositional<Value: DecimalReal>(_ values: [Value]) {
    for value in values {
      let text = DecimalNumber(value, places: Self.precision).positional
      let (before, behind) = Self.widths(text)
      widthBefore = Swift.max(widthBefore, before + (showsPlus && value.sign == .plus ? 1 : 0))
      widthBehind = Swift.max(widthBehind, behind)
    }
  }
}

/// Returns `count` spaces, or no space if the count is negative.
func spaces(_ count: Int) -> String { String(repeating: " ", count: Swift.max(0, count)) }
