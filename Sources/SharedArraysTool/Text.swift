import Foundation

extension String {
  /// The text with control characters, quotes and backslashes escaped, so that a name cannot
  /// disguise itself in a terminal.
  var escaped: String { String(debugDescription.dropFirst().dropLast()) }

  /// The text quoted as one word of a shell command line.
  var shellWord: String {
    let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }

  func padded(to width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - count))
    return right ? space + self : self + space
  }
}

/// Returns a byte count in readable form, such as "512 B" or "7.6 MiB".
func readable(byteCount: Int) -> String {
  if byteCount < 1024 { return "\(byteCount) B" }
  var value = Double(byteCount)
  var unit = -1
  let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  while value >= 1023.95, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return String(format: value >= 99.95 ? "%.0f " : "%.1f ", value) + units[unit]
}

/// Returns a time in readable form, such as "5 s", "3 min", "2 h" or "4 d".
func readable(seconds: Int) -> String {
  switch max(0, seconds) {
  case ..<120: "\(max(0, seconds)) s"
  case ..<7200: "\(seconds / 60) min"
  case ..<172_800: "\(seconds / 3600) h"
  default: "\(seconds / 86_400) d"
  }
}

/// Returns a shape in NumPy's form, such as "(1000, 3)".
func readable(shape: [Int]) -> String {
  "(" + shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? ",)" : ")")
}

/// Returns rows of cells in aligned columns.
func table(_ header: [String], _ rows: [[String]], rightAligned: Set<Int> = []) -> String {
  let all = [header] + rows
  let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
  return all.map { row in
    var line = row.indices.map { row[$0].padded(to: widths[$0], right: rightAligned.contains($0)) }
      .joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }.joined(separator: "\n")
}

/// Returns "label: value" lines with aligned values.
func fields(_ fields: [(String, String)]) -> String {
  let width = fields.map(\.0.count).max() ?? 0
  return fields.map { ($0.0 + ":").padded(to: width + 2) + $0.1 }.joined(separator: "\n")
}

/// Prints a value as JSON with sorted keys.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
