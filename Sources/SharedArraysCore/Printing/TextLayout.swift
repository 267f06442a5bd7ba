/// Puts the texts of elements into brackets, and rows that are too long into several lines, as NumPy does.
struct TextLayout {
  /// NumPy's usual width of a line.
  private static let lineWidth = 75

  /// How many elements are shown along each axis.
  private let extents: [Int]
  /// Before which of them something is left out along an axis; nil if nothing is.
  private let gaps: [Int?]
  /// The texts of the shown elements in row-major order.
  private let words: [String]
  private var next = 0
  private var result = ""

  /// - Precondition: there is at least one axis, no extent is 0, and there are as many words as elements.
  private init(extents: [Int], gaps: [Int?], words: [String]) {
    self.extents = extents
    self.gaps = gaps
    self.words = words
  }

  static func text(extents: [Int], gaps: [Int?], words: [String]) -> String {
    var layout = TextLayout(extents: extents, gaps: gaps, words: words)
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

  /// Appends a word to a line that is `length` long, or begins another one.
  private mutating func append(_ word: String, _ length: inout Int, _ indent: Int) {
    if length > indent {
      result += " "
      length += 1
      // At the end of the line there must be room for as many brackets as are open.
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
