internal import ComplexModule

/// Returns the texts of elements as NumPy writes them inside the brackets of an array. All texts
/// are equally long, so that columns are aligned. Truth values are written as in Swift.
///
/// - Precondition: `elements` is not empty.
func alignedTexts<Element: SharedArrayElement>(_ elements: [Element]) -> [String] {
  switch elements {
  case let elements as [Bool]: alignedRight(elements.map { $0 ? " true" : "false" })
  case let elements as [Float16]: alignedReals(elements)
  case let elements as [Float]: alignedReals(elements)
  case let elements as [Double]: alignedReals(elements)
  case let elements as [Complex<Float>]: alignedComplex(elements)
  case let elements as [Complex<Double>]: alignedComplex(elements)
  default: alignedRight(elements.map { "\($0)" })
  }
}

/// Returns the text of the element of an array without axes. Like NumPy's text of a scalar, it is
/// not rounded.
func scalarText(_ element: some SharedArrayElement) -> String {
  switch element {
  case let element as Float16: scalarText(element, zeroBehindPoint: true)
  case let element as Float: scalarText(element, zeroBehindPoint: true)
  case let element as Double: scalarText(element, zeroBehindPoint: true)
  case let element as Complex<Float>: complexScalarText(element)
  case let element as Complex<Double>: complexScalarText(element)
  default: "\(element)"
  }
}

private func alignedRight(_ texts: [String]) -> [String] {
  let width = texts.lazy.map(\.utf8.count).max() ?? 0
  return texts.map { spaces(width - $0.utf8.count) + $0 }
}

private func alignedReals<Value: DecimalReal>(_ values: [Value]) -> [String] {
  let column = RealColumnFormatter(values)
  return values.map { column.text($0) }
}

/// Aligns the real parts in one column and the imaginary parts in another.
private func alignedComplex<Part: ComplexPart & DecimalReal>(_ values: [Complex<Part>]) -> [String] {
  let real = RealColumnFormatter(values.map(\.rawStorage.x))
  let imaginary = RealColumnFormatter(values.map(\.rawStorage.y), showsPlus: true)
  return values.map { value in
    let text = imaginary.text(value.rawStorage.y)
    let end = text.utf8.lastIndex { $0 != UInt8(ascii: " ") }.map(text.utf8.index(after:)) ?? text.startIndex
    return real.text(value.rawStorage.x) + text[..<end] + "j" + text[end...]
  }
}

/// Returns the text of a single number. It has an exponent if the number is large for its type or
/// less than 0.0001.
private func scalarText<Value: DecimalReal>(_ value: Value, zeroBehindPoint: Bool) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : "\(value)" }
  let number = DecimalNumber(shortest: value)
  let magnitude = Double(value.magnitude)
  let limit = RealColumnFormatter.firstWithExponent(Value.self, isAlone: true)
  let isPositional = magnitude == 0 || 1e-4..<limit ~= magnitude
  guard isPositional else {
    let text = number.scientific()
    return number.digits.count > 1 ? text : String(text.filter { $0 != "." })
  }
  let text = number.positional
  guard text.last == "." else { return text }
  return zeroBehindPoint ? text + "0" : String(text.dropLast())
}

private func complexScalarText<Part: ComplexPart & DecimalReal>(_ value: Complex<Part>) -> String {
  let (real, imaginary) = value.rawStorage
  let text = scalarText(imaginary, zeroBehindPoint: false)
  if real == 0, real.sign == .plus { return text + "j" }
  let plus = text.hasPrefix("-") ? "" : "+"
  return "(\(scalarText(real, zeroBehindPoint: false))\(plus)\(text)j)"
}
