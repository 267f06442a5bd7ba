import ArgumentParser
import SharedArrays

/// A command that prints elements.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the elements of an array, or of a slice of it.",
    discussion: """
      Example: sharedarray show temps --slice "0:10, -1"

      The array is attached read-only; an array of another user is copied instead. Elements are printed as \
      NumPy prints them; if more than 1000, only the first and last three along each axis. Slices have \
      NumPy's syntax: start:stop:step, negative numbers count from the end, and "..." selects all axes in \
      between. A temporary array that no other process uses is removed when this command ends, as after any \
      last user.

      --json prints an object with the keys name, dtype, shape and elements: nested lists of all elements, \
      where a complex number is a list of two, and a number that is not finite is a string such as "nan" or \
      "-inf".
      """)

  @Argument(help: "The name of the array, the file name in /dev/shm.")
  var name: String

  @Option(help: "The elements to print, in NumPy's syntax, such as \"0:10,:\".")
  var slice: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws { _ = try expression() }

  func run() throws {
    let object = try SharedMemoryObject(name)
    func show<Element: SharedArrayElement>(_ type: Element.Type) throws {
      let array = try object.open(type)
      let view = try expression()?.view(of: array) ?? array
      guard json else { return print(view) }
      let shape = view.shape.map(String.init).joined(separator: ",")
      print("{\"dtype\":\"\(Element.elementType.name)\",\"elements\":", terminator: "")
      printElements(of: view)
      print(",\"name\":\(name.quotedForJSON),\"shape\":[\(shape)]}")
    }
    try show(object.requireElementType().swiftType)
  }

  private func expression() throws -> SliceExpression? {
    do throws(SliceExpression.SyntaxError) { return try slice.map(SliceExpression.init) } catch {
      throw ValidationError("--slice \"\(slice ?? "")\": character \(error.position): \(error.text).")
    }
  }

  /// Prints the elements row by row, because the text of all rows might need many times the array's
  /// memory.
  private func printElements<Element>(of view: ReadOnlySharedArray<Element>) {
    guard view.rank > 1 else {
      let texts = view.toArray().map(jsonText)
      return print(view.rank == 0 ? texts[0] : "[\(texts.joined(separator: ","))]", terminator: "")
    }
    print("[", terminator: "")
    for index in 0..<view.shape[0] {
      if index > 0 { print(",", terminator: "") }
      printElements(of: view[index, .all])
    }
    print("]", terminator: "")
  }

  private func jsonText<Element>(_ element: Element) -> String {
    if let number = element as? Complex<Float> { return "[\(jsonText(number.rawParts))]" }
    if let number = element as? Complex<Double> { return "[\(jsonText(number.rawParts))]" }
    let text = "\(element)"
    // Texts without a final digit, such as "nan" and "-inf", are quoted. A Bool is `true` or
    // `false` in JSON, too.
    return element is Bool || text.last?.isNumber == true ? text : "\"\(text)\""
  }

  private func jsonText(_ parts: (some BinaryFloatingPoint, some BinaryFloatingPoint)) -> String {
    jsonText(parts.0) + "," + jsonText(parts.1)
  }
}

extension Complex {
  /// The stored parts. `real` and `imaginary` of a number that is not finite are NaN.
  fileprivate var rawParts: (RealType, RealType) { (rawStorage.x, rawStorage.y) }
}

extension String {
  fileprivate var quotedForJSON: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
