internal import SharedArraysSystem

extension CSVScanner {
  /// Returns the text of the field that was scanned last.
  @_lifetime(borrow self)
  func text(of field: borrowing CSVField) -> Span<UInt8> {
    window.span.extracting(field.text.lowerBound - window.start..<field.text.upperBound - window.start)
  }

  /// Returns at most 40 characters of the field that was scanned last.
  func excerpt(of field: borrowing CSVField) -> String {
    field.isTooLong ? startOfLongText : excerpt(field.text)
  }

  /// Returns at most 40 characters of a range of the window.
  func excerpt(_ text: Range<Int>) -> String {
    let bytes = window.span.extracting(text.lowerBound - window.start..<text.upperBound - window.start)
    let start = String(decoding: bytes.extracting(first: 400).indices.map { bytes[$0] }, as: UTF8.self)
    return start.count > 40 ? start.prefix(40) + "…" : start
  }

  /// Returns the number of the character at `place` within its line, counted from 1. Reads the line
  /// from the file again.
  func column(of place: CSVPlace) -> Int? {
    // SAFETY: `piece` is a prefix of `bytes`, and only a piece that was read completely is counted.
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 1)
    defer { unsafe bytes.deallocate() }
    var (offset, count) = (place.lineStart, 1)
    while offset < place.offset {
      let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(place.offset - offset))
      guard let read = unsafe try? window.descriptor.read(into: piece, at: offset), read == piece.count else {
        return nil
      }
      // All bytes of a character except the first begin with the bits 10.
      unsafe count += piece.count { $0 & 0xC0 != 0x80 }
      offset += read
    }
    return count
  }
}
