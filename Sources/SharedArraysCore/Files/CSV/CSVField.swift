/// A place in a text file.
struct CSVPlace {
  /// The first line is 1.
  var line = 1
  /// Where in the file the line starts.
  var lineStart = 0
  /// Where in the file the place is.
  var offset = 0
}

/// A field of a text file.
struct CSVField {
  enum Ending { case separator, line, file }

  /// Where it starts, spaces before it left out.
  let start: CSVPlace
  /// Where what ends it stands.
  var end: CSVPlace
  /// Where in the file its text stands, without spaces around it and without the quotes.
  var text: Range<Int>
  var ending = Ending.file
  var isQuoted = false
  /// Whether the file ends within its quotes.
  var isUnterminated = false
  /// Whether it is too long to be a number; its text is no longer there then.
  var isTooLong = false

  init(at place: CSVPlace) {
    start = place
    end = place
    text = place.offset..<place.offset
  }

  var isEmpty: Bool { text.isEmpty && !isTooLong }
  /// Whether nothing stands there, not even quotes.
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
