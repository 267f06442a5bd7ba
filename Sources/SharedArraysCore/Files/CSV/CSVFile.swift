internal import SharedArraysSystem

/// The format of the numbers in a text file.
struct CSVFormat {
  let separator: UInt8
  let skippedLines: Int
  /// The fields of a line that become the columns, counted from 0; nil for all.
  let columns: [Int]?

  /// - Precondition: The preconditions of
  ///   ``SharedArray/load(csv:separator:skippingLines:columns:missing:)``.
  init(separator: Character, skippingLines: Int = 0, columns: [Int]? = nil) {
    let isPartOfNumber = separator.isLetter || separator.isNumber || "+-.\"".contains(separator)
    guard let byte = separator.asciiValue, !isPartOfNumber, !byte.endsLine else {
      trap(
        "\(separator.debugDescription) cannot separate numbers; use an ASCII character with no other use.")
    }
    if skippingLines < 0 { trap("skippingLines must be at least 0, not \(skippingLines).") }
    if let columns, columns.isEmpty || columns.contains(where: { $0 < 0 }) {
      trap("Columns \(columns) cannot be read; pass at least one column, counted from 0.")
    }
    self.separator = byte
    self.skippedLines = skippingLines
    self.columns = columns
  }
}

/// An open text file of numbers.
///
/// The file is read twice, first to count its numbers and then to store them, so that only the
/// array itself takes memory for them.
struct CSVFile: ~Copyable {
  let path: String
  let format: CSVFormat
  var scanner: CSVScanner

  init(opening path: String, _ format: CSVFormat) throws(CSVError) {
    try requireCSVPath(path)
    let descriptor = try csvSystem(path) { () throws(SystemError) in
      try OwnedDescriptor.openFile(path, .readOnly)
    }
    try Self.requireRegularFile(descriptor, path)
    self.path = path
    self.format = format
    scanner = CSVScanner(descriptor, separator: format.separator)
  }

  /// Throws if the file is not a regular file, which might have no end. A read of one byte lets the
  /// system refuse what cannot be read at all, such as a directory.
  private static func requireRegularFile(
    _ descriptor: borrowing OwnedDescriptor, _ path: String
  ) throws(CSVError) {
    let isRegular = try csvSystem(path) { () throws(SystemError) in
      if try descriptor.status().isRegularFile { return true }
      var byte: UInt8 = 0
      // SAFETY: `bytes` is the memory of `byte`, and `read` stores at most `bytes.count` bytes.
      _ = try unsafe withUnsafeMutableBytes(of: &byte) { bytes throws(SystemError) in
        try unsafe descriptor.read(into: bytes, at: 0)
      }
      return false
    }
    guard isRegular else { throw CSVError(.system, path: path, detail: "it is not a regular file") }
  }
}

// MARK: - Lines

extension CSVFile {
  mutating func begin() throws(CSVError) {
    try csvSystem(path) { () throws(SystemError) in
      try scanner.begin(skippingLines: format.skippedLines)
    }
  }

  /// Returns the first field of the next line that has any, or nil at the end of the file.
  mutating func firstField() throws(CSVError) -> CSVField? {
    while true {
      let field = try nextField()
      if !field.isBlank || field.ending == .separator { return field }
      if field.ending == .file { return nil }
    }
  }

  /// Returns the field that follows `field` in its line, or nil if `field` is the last one.
  mutating func field(after field: CSVField) throws(CSVError) -> CSVField? {
    guard field.ending == .separator else { return nil }
    let next = try nextField()
    // Spaces at the end of a line are not separators.
    return scanner.blanksSeparate && next.isBlank ? nil : next
  }

  private mutating func nextField() throws(CSVError) -> CSVField {
    do throws(SystemError) { return try scanner.nextField() } catch {
      throw CSVError(.system, path: path, underlying: error)
    }
  }
}

/// Throws if the system would use only a part of `path` because it contains a NUL character.
func requireCSVPath(_ path: String) throws(CSVError) {
  guard !path.utf8.contains(0) else {
    throw CSVError(.system, path: path, detail: "a path cannot contain a NUL character")
  }
}

/// Runs system calls on the file `path` and turns their failures into ``CSVError``.
func csvSystem<Result: ~Copyable>(
  _ path: String, _ body: () throws(SystemError) -> Result
) throws(CSVError) -> Result {
  do throws(SystemError) { return try body() } catch {
    throw CSVError(.system, path: path, underlying: error)
  }
}
