/// Puts the texts of elements into brackets, and splits long rows into several lines, as NumPy
/// does.
struct ArrayPrinter {
  /// The default line width of NumPy.
  private static let lineWidth = 75

  /// The number of elements shown along each axis.
  private let extents: [Int]
  /// The indices along each axis before which elements are omitted; nil if none are.
  private let gaps: [Int?]
  /// The texts of the shown elements in row-major order.
  private let words: [String]
  private var next = 0
  private var result = ""

  /// - Precondition: `extents` is not empty, no extent is 0, and the number of words is the product
  ///   of the extents.
  private init(extents: [Int], gaps: [Int?], words: [String]) {
    self.extents = extents
    self.gaps = gaps
    self.words = words
  }

  static func text(extents: [Int], gaps: [Int?], words: [String]) -> String {
    var layout = ArrayPrinter(extents: extents, gaps: gaps, words: words)
    layout.append(axis: 0)
    return layout.result
  }

  private mutating func append(axis: Int) {
    result += "["
    if axis == extents.count - 1 { appendRow(axis) } else { appendParts(axis) }
    result += "]"
  }

  private mutating func appendParts(_ axis: Int) {
    let newLine = String(repeating: "\n", count: extents.count - 1 - axis) + spaces(axis + 1)
    for index in 0..<extents[axis] {
      if index > 0 { result += newLine }
      if index == gaps[axis] { result += "..." + newLine }
      append(axis: axis + 1)
    }
  }

  private mutating func appendRow(_ axis: Int) {
    let indent = axis + 1
    var length = indent
    for index in 0..<extents[axis] {
      if index == gaps[axis] { append("...", &length, indent) }
      append(words[next], &length, indent)
      next += 1
    }
  }

  /// Appends a word to a line of `length` characters, or starts a new line.
  private mutating func append(_ word: String, _ length: inout Int, _ indent: Int) {
    if length > indent {
      result += " "
      length += 1
      // The end of the line must have room for the closing brackets, one for each open bracket.
      if length + word.utf8.count > Self.lineWidth - indent {
        while result.utf8.last == UInt8(ascii: " ") { result.unicodeScalars.removeLast() }
        result += "\n" + spaces(indent)
        length = indent
      }
    }
    result += word
    length += word.utf8.count
  }
}
