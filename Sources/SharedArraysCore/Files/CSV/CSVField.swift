/// A position in a text file.
struct CSVPlace {
  /// The number of the line, counted from 1.
  var line = 1
  /// The offset in the file at which the line starts.
  var lineStart = 0
  /// The offset of the position in the file.
  var offset = 0
}

/// A field of a text file.
struct CSVField {
  enum Ending { case separator, line, file }

  /// The start of the field, after leading spaces.
  let start: CSVPlace
  /// The position of the separator or line end after the field.
  var end: CSVPlace
  /// The offsets of its text in the file, without surrounding spaces and quotes.
  var text: Range<Int>
  var ending = Ending.file
  var isQuoted = false
  /// Whether the file ends within its quotes.
  var isUnterminated = false
  /// Whether the field is too long to be a number. If so, its text is no longer in the window.
  var isTooLong = false

  init(at place: CSVPlace) {
    start = place
    end = place
    text = place.offset..<place.offset
  }

  var isEmpty: Bool { text.isEmpty && !isTooLong }
  /// Whether the field has no characters, not even quotes.
  var isBlank: Bool { isEmpty && !isQuoted }
}

extension UInt8 {
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let quote = UInt8(ascii: "\"")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  var endsLine: Bool { self == .lineFeed || self == .carriageReturn }
}
