internal import SharedArraysSystem

/// Splits a text file into fields. Only a window of the file is in memory, regardless of the
/// lengths of lines and fields.
struct CSVScanner: ~Copyable {
  /// The largest number of bytes in a field with a number, trailing spaces included.
  static let longestField = 1 << 16

  private(set) var window: FileWindow
  private let separator: UInt8
  /// Whether any number of spaces and tabs counts as one separator.
  let blanksSeparate: Bool
  private var place = CSVPlace()
  /// Whether the last line ended in a carriage return, which a line feed may follow.
  private var followsCarriageReturn = false
  /// The first characters of the last field that was too long.
  private(set) var startOfLongText = ""

  init(_ descriptor: consuming OwnedDescriptor, separator: UInt8) {
    window = FileWindow(descriptor, byteCount: 4 * Self.longestField)
    self.separator = separator
    blanksSeparate = separator == .space
  }

  /// Goes to the start of the file and skips a byte order mark and `count` lines.
  mutating func begin(skippingLines count: Int) throws(SystemError) {
    try window.rewind()
    let markLength = byteOrderMarkLength
    place = CSVPlace(line: 1, lineStart: markLength, offset: markLength)
    followsCarriageReturn = false
    var skipped = 0
    while skipped < count, try skipLine() { skipped += 1 }
  }

  private var byteOrderMarkLength: Int {
    let bytes = window.span
    return bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
  }

  /// Skips one line. Returns false at the end of the file.
  private mutating func skipLine() throws(SystemError) -> Bool {
    while true {
      skipLineFeed()
      place.offset = window.first(from: place.offset) { $0.endsLine }
      if let byte = byteHere {
        endLine(byte)
        return true
      }
      if window.reachesEnd { return false }
      try window.advance(to: place.offset)
    }
  }

  /// Returns the next field. After the last field, returns empty fields whose ending is the end of
  /// the file.
  mutating func nextField() throws(SystemError) -> CSVField {
    if let field = plainField() { return field }
    try skipBlanks()
    var field = CSVField(at: place)
    var quote = Quote.none
    if byteHere == .quote {
      field.isQuoted = true
      quote = .open
      place.offset += 1
    }
    while !scan(&quote), !window.reachesEnd {
      noteLength(of: &field)
      try window.advance(to: field.isTooLong ? place.offset : field.start.offset)
    }
    noteLength(of: &field)
    complete(&field, quote)
    return field
  }

  /// Returns the next field if it has no quotes and ends within the window, which is the common
  /// case.
  private mutating func plainField() -> CSVField? {
    skipLineFeed()
    let start = window.first(from: place.offset) { !isBlank($0) }
    guard start < window.end, window[start] != .quote else { return nil }
    let end = window.first(from: start) { endsField($0) }
    guard end < window.end, end - start <= Self.longestField else { return nil }
    place.offset = start
    var field = CSVField(at: place)
    place.offset = end
    field.end = place
    field.text = trimmed(start..<end)
    goOverEnd(of: &field)
    return field
  }

  /// Keeps the start of the field if the field is already too long.
  private mutating func noteLength(of field: inout CSVField) {
    if !field.isTooLong, place.offset - field.start.offset > Self.longestField {
      startOfLongText = excerpt(field.start.offset..<place.offset)
      field.isTooLong = true
    }
  }
}

// MARK: - Scanning

extension CSVScanner {
  private enum Quote {
    case none, open, perhapsClosed
    case closed(at: Int)
  }

  private var byteHere: UInt8? { place.offset < window.end ? window[place.offset] : nil }

  private func isBlank(_ byte: UInt8) -> Bool { byte == .space || (byte == .tab && separator != .tab) }

  private func endsField(_ byte: UInt8) -> Bool {
    byte == separator || byte.endsLine || (blanksSeparate && byte == .tab)
  }

  private mutating func endLine(_ byte: UInt8) {
    place.offset += 1
    place.line += 1
    place.lineStart = place.offset
    followsCarriageReturn = byte == .carriageReturn
  }

  /// Skips a line feed after a carriage return, which does not end another line.
  private mutating func skipLineFeed() {
    guard followsCarriageReturn, let byte = byteHere else { return }
    followsCarriageReturn = false
    guard byte == .lineFeed else { return }
    place.offset += 1
    place.lineStart = place.offset
  }

  private mutating func skipBlanks() throws(SystemError) {
    while true {
      skipLineFeed()
      place.offset = window.first(from: place.offset) { !isBlank($0) }
      if byteHere != nil || window.reachesEnd { return }
      try window.advance(to: place.offset)
    }
  }

  /// Advances to the end of the field. Returns false if the window ends before it.
  private mutating func scan(_ quote: inout Quote) -> Bool {
    while true {
      switch quote {
      case .none, .closed:
        place.offset = window.first(from: place.offset) { endsField($0) }
        return place.offset < window.end
      case .open:
        skipLineFeed()
        guard let byte = byteHere else { return false }
        if byte.endsLine {
          endLine(byte)
        } else {
          place.offset += 1
          if byte == .quote { quote = .perhapsClosed }
        }
      case .perhapsClosed:
        // Two quotes within quotes are one quote character.
        guard let byte = byteHere else { return false }
        if byte == .quote {
          quote = .open
          place.offset += 1
        } else {
          quote = .closed(at: place.offset - 1)
        }
      }
    }
  }

  /// Sets the text of a field that ends here, and skips the separator or line end after it.
  private mutating func complete(_ field: inout CSVField, _ quote: Quote) {
    field.end = place
    if !field.isTooLong { field.text = trimmed(field.start.offset..<place.offset) }
    switch quote {
    case .none: break
    case .open: field.isUnterminated = true
    case .perhapsClosed: takeQuotes(from: &field, closedAt: place.offset - 1)
    case .closed(let offset): takeQuotes(from: &field, closedAt: offset)
    }
    goOverEnd(of: &field)
  }

  private mutating func goOverEnd(of field: inout CSVField) {
    guard let byte = byteHere else { return }
    if byte.endsLine {
      field.ending = .line
      endLine(byte)
    } else {
      field.ending = .separator
      place.offset += 1
    }
  }

  /// Removes the quotes from the text. If text follows the closing quote, the quotes stay and the
  /// field is not a number.
  private func takeQuotes(from field: inout CSVField, closedAt offset: Int) {
    guard !field.isTooLong, field.text.upperBound == offset + 1 else { return }
    field.text = trimmed(field.text.lowerBound + 1..<offset)
  }

  private func trimmed(_ text: Range<Int>) -> Range<Int> {
    var (lower, upper) = (text.lowerBound, text.upperBound)
    while lower < upper, isBlank(window[lower]) { lower += 1 }
    while lower < upper, isBlank(window[upper - 1]) { upper -= 1 }
    return lower..<upper
  }
}
