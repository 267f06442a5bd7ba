import Foundation
import SharedArraysCore
import TestSupport
import Testing

/// Compares random tables with NumPy's `loadtxt` and, for empty fields, `genfromtxt`.
///
/// `NDARRAYS_CASES` sets the number of tables of each element type, `NDARRAYS_SEED` the first seed.
@Suite(.needsNumPy, .timeLimit(.minutes(10)))
struct CSVNumPyTests {
  private static let types: [any OrderedElement.Type] = [
    Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self,
    UInt64.self,
    Float16.self, Float.self, Double.self,
  ]

  @Test(arguments: types)
  func `random tables are read as by NumPy`(type: any OrderedElement.Type) throws {
    func check<Element: OrderedElement>(_ type: Element.Type) throws {
      let seed = environmentNumber("NDARRAYS_SEED", or: 1)
      let count = environmentNumber("NDARRAYS_CASES", or: 60)
      try withTemporaryDirectory { directory in
        var generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
        let tables = (0..<count).map { number in
          Table(of: Element.elementType, path: "\(directory)/\(number)", using: &generator)
        }
        for table in tables { try Data(table.text.utf8).write(to: URL(filePath: table.path)) }
        let cases = try JSONEncoder().encode(tables)
        try cases.write(to: URL(filePath: directory + "/cases"))
        _ = try python(Self.program, directory + "/cases", Element.elementType.name)
        for (number, table) in tables.enumerated() {
          let place: Comment = "seed \(seed), table \(number) of \(Element.elementType):\n\(table.text)"
          let missing: Element? = table.missing.map { _ in Self.missing() }
          let found = try SharedArray<Element>.load(
            csv: table.path, separator: Character(table.separator), skippingLines: table.skippedLines,
            columns: table.columns, missing: missing)
          let expected = try SharedArray<Element>.load(npy: table.path + ".npy")
          #expect(found.shape == expected.shape, place)
          #expect(Self.bits(found) == Self.bits(expected), place)
        }
      }
    }
    try check(type)
  }

  /// Returns the value of empty fields: 1, as in NumPy's script.
  private static func missing<Element: OrderedElement>() -> Element {
    switch Element.elementType {
    case .bool: true as! Element
    case .float16: 1 as Float16 as! Element
    case .float32: 1 as Float as! Element
    case .float64: 1 as Double as! Element
    default: (Element.self as! any FixedWidthInteger.Type).init(1) as! Element
    }
  }

  /// Returns the elements as texts that distinguish all elements, except one NaN from another.
  private static func bits(_ array: SharedArray<some OrderedElement>) -> [String] {
    array.toArray().map { "\($0)".hasSuffix("nan") ? "nan" : "\($0)" }
  }

  private static let program = """
    import json, sys, numpy as np
    for case in json.load(open(sys.argv[1])):
      options = dict(
        dtype=sys.argv[2], delimiter=None if case['separator'] == ' ' else case['separator'], comments=None,
        usecols=case.get('columns'), encoding='utf-8-sig', ndmin=2)
      if case.get('missing'):
        x = np.genfromtxt(
          case['path'], skip_header=case['skippedLines'], filling_values=1, missing_values='', autostrip=True,
          **options)
      else:
        x = np.loadtxt(case['path'], skiprows=case['skippedLines'], quotechar='"', **options)
      np.save(case['path'] + '.npy', x)
    """
}

/// A text that NumPy also reads.
private struct Table: Encodable {
  let path: String
  let text: String
  let separator: String
  let skippedLines: Int
  let columns: [Int]?
  /// Not nil if the table has empty fields.
  let missing: Bool?

  init(of type: ElementType, path: String, using generator: inout SeededGenerator) {
    let (rowCount, columnCount) = (
      Int.random(in: 1...12, using: &generator), Int.random(in: 1...7, using: &generator)
    )
    let separator = [",", ",", ";", "\t", "|", " "].randomElement(using: &generator)!
    let hasGaps =
      columnCount > 1 && separator != " " && type != .bool && Int.random(in: 0..<3, using: &generator) == 0
    let lineEnd = ["\n", "\n", "\r\n"].randomElement(using: &generator)!
    let hasQuotes = !hasGaps && Bool.random(using: &generator)
    // After quotes, NumPy takes one space for a separator and another one for the next.
    let hasSpaces = Bool.random(using: &generator) && !(hasQuotes && separator == " ")
    let style = FieldStyle(type: type, hasQuotes: hasQuotes, hasSpaces: hasSpaces, separator: separator)
    let skipped = Int.random(in: 0..<3, using: &generator)
    var lines = (0..<skipped).map { _ in "names, or \"others" }
    for _ in 0..<rowCount {
      let fields = (0..<columnCount).map { column in
        hasGaps && column > 0 && Int.random(in: 0..<4, using: &generator) == 0
          ? "" : style.field(using: &generator)
      }
      lines.append(fields.joined(separator: separator))
      if Int.random(in: 0..<8, using: &generator) == 0 { lines.append("") }
    }
    let mark = Int.random(in: 0..<4, using: &generator) == 0 ? "\u{FEFF}" : ""
    self.text = mark + lines.joined(separator: lineEnd) + (Bool.random(using: &generator) ? lineEnd : "")
    self.path = path
    self.separator = separator
    self.skippedLines = skipped
    self.missing = hasGaps ? true : nil
    let chosen = (0..<columnCount).shuffled(using: &generator)
    columns =
      Bool.random(using: &generator)
      ? nil : Array(chosen.prefix(Int.random(in: 1...columnCount, using: &generator)))
  }
}

/// The notation of the fields of one table.
private struct FieldStyle {
  let type: ElementType
  let hasQuotes: Bool
  let hasSpaces: Bool
  let separator: String

  func field(using generator: inout SeededGenerator) -> String {
    let number = number(using: &generator)
    if hasQuotes, Bool.random(using: &generator) { return "\"\(number)\"" }
    guard hasSpaces else { return number }
    let spaces = separator == "\t" ? ["", " ", "   "] : ["", " ", "\t", "  \t"]
    return spaces.randomElement(using: &generator)! + number + spaces.randomElement(using: &generator)!
  }

  private func number(using generator: inout SeededGenerator) -> String {
    switch type {
    case .bool: return Bool.random(using: &generator) ? "1" : "0"
    case .float16, .float32, .float64: return real(using: &generator)
    default:
      let bits = type.byteCount * 8
      let isSigned = "\(type)".hasPrefix("int")
      let all = isSigned ? Int64(bitPattern: generator.next()).description : generator.next().description
      if bits == 64, Bool.random(using: &generator) { return all }
      let limit = Int64(1) << Int64(bits == 64 ? 62 : isSigned ? bits - 1 : bits)
      let number = Int64.random(in: isSigned ? -limit..<limit : 0..<limit, using: &generator)
      return (number >= 0 ? ["", "", "+", "00"].randomElement(using: &generator)! : "") + number.description
    }
  }

  private func real(using generator: inout SeededGenerator) -> String {
    // Only a few digits: NumPy rounds to Double first, which could change the result for more
    // digits.
    let range = type == .float16 ? 300.0 : 1e6
    let number = Double.random(in: -range...range, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0:
      return ["nan", "NaN", "inf", "-inf", "Infinity", "-INF", "0", "-0.0", "+.5", "7."].randomElement(
        using: &generator)!
    case 1: return String(Int(number))
    case 2: return String(format: "%.3f", number)
    case 3: return String(format: "%.2e", number / (type == .float16 ? 1 : 1e5))
    case 4: return String(format: "%.3E", number)
    case 5 where type == .float64: return Double(bitPattern: generator.next() & ~(1 << 62)).description
    case 6 where type == .float64: return String(format: "%.25f", number)
    default: return String(format: "%g", number)
    }
  }
}
