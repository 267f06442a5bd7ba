/// The numbers of lines and fields in a text file.
struct CSVSize {
  var lineCount = 0
  /// The number of fields in the first line that has any.
  var fieldCount = 0
  /// The number of that line.
  var firstLine = 0
  /// The number of fields in all lines together.
  var totalFieldCount = 0

  /// Whether the counts allow all lines to have the same number of fields as the first one.
  var isTable: Bool {
    let (product, overflow) = lineCount.multipliedReportingOverflow(by: fieldCount)
    return !overflow && product == totalFieldCount
  }
}

extension CSVFile {
  /// Counts lines and fields.
  ///
  /// - Throws: `empty`, `noSuchColumn`, `system`. ``read(_:into:)`` finds the other errors.
  mutating func measure() throws(CSVError) -> CSVSize {
    try begin()
    var size = CSVSize()
    while var field = try firstField() {
      let line = field.start.line
      var count = 1
      while let next = try self.field(after: field) {
        field = next
        count += 1
      }
      size.lineCount += 1
      size.totalFieldCount += count
      guard size.lineCount == 1 else { continue }
      size.fieldCount = count
      size.firstLine = line
      if !field.isUnterminated { try requireColumns(size) }
    }
    guard size.lineCount > 0 else {
      let lines = format.skippedLines == 1 ? "the skipped line" : "the \(format.skippedLines) skipped lines"
      throw CSVError(.empty, path: path, detail: format.skippedLines == 0 ? nil : "after \(lines)")
    }
    return size
  }

  private func requireColumns(_ size: CSVSize) throws(CSVError) {
    guard let column = format.columns?.first(where: { $0 >= size.fieldCount }) else { return }
    let detail = "column \(column), counted from 0; the number of columns is \(size.fieldCount)"
    throw CSVError(.noSuchColumn, path: path, line: size.firstLine, detail: detail)
  }

  /// Reads all numbers, and stores each one once for every column that requests it.
  ///
  /// - Precondition: `target` has room for the lines and columns that ``measure()`` has counted.
  mutating func read(_ size: CSVSize, into target: CSVTarget) throws(CSVError) {
    try begin()
    let columns = CSVColumns(format.columns)
    var line = 0
    while let field = try firstField() {
      guard line < size.lineCount else { throw CSVError(.changed, path: path) }
      try readLine(field, line, size, columns, target)
      line += 1
    }
    guard line == size.lineCount else { throw CSVError(.changed, path: path) }
  }

  private mutating func readLine(
    _ first: CSVField, _ line: Int, _ size: CSVSize, _ columns: CSVColumns, _ target: CSVTarget
  ) throws(CSVError) {
    var field = first
    var count = 0
    var columns = columns
    var fault: CSVError?
    // Whether the remaining elements of the line still have to be stored.
    var isSound = true
    var surplus: CSVPlace?
    while true {
      if field.isUnterminated { throw error(.unterminatedQuote, at: field.start) }
      if count == size.fieldCount {
        surplus = field.start
        isSound = false
      }
      while isSound, let column = columns.nextColumn(of: count) {
        do throws(FieldFault) { try store(field, line, column, target) } catch {
          // A wrong number of fields explains more than a field that is not a number.
          fault = describe(error, field, line, target.type)
          isSound = false
        }
      }
      count += 1
      guard let next = try self.field(after: field) else { break }
      field = next
    }
    if count != size.fieldCount {
      let detail = "found \(count), but line \(size.firstLine) has \(size.fieldCount)"
      throw error(.fieldCount, at: surplus ?? field.end, detail: detail)
    }
    if let fault { throw fault }
  }

  private func store(
    _ field: CSVField, _ line: Int, _ column: Int, _ target: CSVTarget
  ) throws(FieldFault) {
    if field.isEmpty {
      guard target.storeMissing(line, column) else { throw .empty }
      return
    }
    if field.isTooLong { throw .tooLong }
    // SAFETY: By the precondition of `read(_:into:)` the target has this element.
    try unsafe storeNumber(scanner.text(of: field), as: target.type, at: target.place(line, column))
  }

  private func describe(
    _ fault: FieldFault, _ field: CSVField, _ line: Int, _ type: ElementType
  ) -> CSVError {
    switch fault {
    case .empty:
      return error(.emptyField, at: field.start, detail: "pass a value for missing to fill empty fields")
    case .tooLong:
      let detail = "it is longer than \(CSVScanner.longestField) bytes"
      return error(.notANumber, at: field.start, field, detail: detail)
    case .outOfRange: return error(.outOfRange, at: field.start, field, detail: type.rangeOfNumbers)
    case .notANumber:
      let hint = line == 0 ? "; use skippingLines to skip header lines" : ""
      return error(.notANumber, at: field.start, field, detail: type.kindOfNumbers + hint)
    }
  }

  private func error(
    _ code: CSVError.Code, at place: CSVPlace, _ field: CSVField? = nil, detail: String? = nil
  ) -> CSVError {
    CSVError(
      code, path: path, line: place.line, column: scanner.column(of: place),
      field: field.map { scanner.excerpt(of: $0) }, detail: detail)
  }
}

/// The columns of the result that each field of a line is stored in.
private struct CSVColumns {
  /// The requested columns, sorted by field; nil if every field is a column.
  private let chosen: [(field: Int, column: Int)]?
  private var next = 0

  init(_ columns: [Int]?) {
    chosen = columns?.enumerated().map { (field: $1, column: $0) }.sorted { $0 < $1 }
  }

  /// Returns the next column that the field is stored in, or nil. Fields must be passed in order.
  mutating func nextColumn(of field: Int) -> Int? {
    guard next < chosen?.count ?? field + 1, chosen?[next].field ?? next == field else { return nil }
    defer { next += 1 }
    return chosen?[next].column ?? field
  }
}

extension ElementType {
  /// A description of the texts that a field of this type accepts.
  fileprivate var kindOfNumbers: String {
    switch self {
    case .bool: "bool takes true, false, 1 and 0"
    case .float16, .float32, .float64, .complex64, .complex128: "\(self) is expected"
    default: "\(self) takes whole numbers"
    }
  }

  /// A description of the range of the type.
  fileprivate var rangeOfNumbers: String {
    func range(_ type: (some FixedWidthInteger).Type) -> String {
      "\(self) ranges from \(type.min) to \(type.max)"
    }
    return switch self {
    case .int8: range(Int8.self)
    case .int16: range(Int16.self)
    case .int32: range(Int32.self)
    case .int64: range(Int64.self)
    case .uint8: range(UInt8.self)
    case .uint16: range(UInt16.self)
    case .uint32: range(UInt32.self)
    case .uint64: range(UInt64.self)
    case .float16: "the largest \(self) is 65504"
    case .float32: "the largest \(self) is \(Float.greatestFiniteMagnitude)"
    case .float64: "the largest \(self) is \(Double.greatestFiniteMagnitude)"
    case .bool, .complex64, .complex128: kindOfNumbers
    }
  }
}
