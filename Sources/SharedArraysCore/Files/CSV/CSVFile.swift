internal import SharedArraysSystem

/// How the numbers stand in a text file.
struct CSVFormat {
  let separator: UInt8
  let skippedLines: Int
  /// Which fields of a line become the columns, counted from 0; all if nil.
  let columns: [Int]?

  /// - Precondition: as for ``SharedArray/load(csv:separator:skippingLines:columns:missing:)``.
  init(separator: Character, skippingLines: Int = 0, columns: [Int]? = nil) {
    let isPartOfNumber = separator.isLetter || separator.isNumber || "+-.\"".contains(separator)
    guard let byte = separator.asciiValue, !isPartOfNumber, !byte.endsLine else {
      trap(
        "\(separator.debugDescription) cannot separate numbers; that takes one ASCII character of no other use."
      )
    }
    if skippingLines < 0 { trap("\(skippingLines) lines cannot be skipped.") }
    if let columns, columns.isEmpty || columns.contains(where: { $0 < 0 }) {
      trap("Columns \(columns) cannot be read; they are counted from 0, and there is at least one.")
    }
    self.separator = byte
    self.skippedLines = skippingLines
    self.columns = columns
  }
}

/// An open text file of numbers.
///
/// It is read twice: for its size, then for its numbers, so that these need no memory but the array's.
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

  /// Others may have no end. What cannot be read at all, such as a directory, is left to the system to refuse.
  private static func requireRegularFile(
    _ descriptor: borrowing OwnedDescriptor, _ path: String
  ) throws(CSVError) {
    let isRegular = try csvSystem(path) { () throws(SystemError) in
      if try descriptor.status().isRegularFile { return true }
      var byte: UInt8 = 0
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

  /// The first field of the next line that has any; nil at the end of the file.
  mutating func firstField() throws(CSVError) -> CSVField? {
    while true {
      let field = try nextField()
      if !field.isBlank || field.ending == .separator { return field }
      if field.ending == .file { return nil }
    }
  }

  /// The field behind another one of its line; nil if that is the last.
  mutating func field(after field: CSVField) throws(CSVError) -> CSVField? {
    guard field.ending == .separator else { return nil }
    let next = try nextField()
    // Spaces at the end of a line separate nothing.
    return scanner.blanksSeparate && next.isBlank ? nil : next
  }

  private mutating func nextField() throws(CSVError) -> CSVField {
    do throws(SystemError) { return try scanner.nextField() } catch {
      throw CSVError(.system, path: path, underlying: error)
    }
  }
}

/// Throws if the system would read only the start of `path`.
func requireCSVPath(_ path: String) throws(CSVError) {
  guard !path.utf8.contains(0) else {
    throw CSVError(.system, path: path, detail: "a path cannot contain a NUL character")
  }
}

/// Runs system calls on the file `path`, whose failures become errors of reading and writing text files.
func csvSystem<Result: ~Copyable>(
  _ path: String, _ body: () throws(SystemError) -> Result
) throws(CSVError) -> Result {
  do throws(SystemError) { return try body() } catch {
    throw CSVError(.system, path: path, underlying: error)
  }
}
