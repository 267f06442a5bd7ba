internal import SharedArraysMemory
internal import SharedArraysSystem

extension SharedArray where Element: OrderedElement {
  /// Reads a text file of numbers, such as a `.csv` file, into a new unnamed array of shape
  /// `[lines, columns]`.
  ///
  ///     let x = try SharedArray<Double>.load(csv: "table.csv", skippingLines: 1, columns: [0, 2])
  ///
  /// Each line is a row. Lines end in LF, CR LF or CR, and blank lines are skipped. Spaces, tabs
  /// and quotes may surround a number. Numbers are written as in Swift and in Python, regardless of
  /// the locale: `-12`, `1.5`, `.5`, `1e-3`, and for real types `nan` and `inf`; truth values are
  /// `true`, `false`, `1` and `0`. Real numbers are rounded to the nearest value of the type, for
  /// `Float16` by way of `Double`; integers are never rounded. Fields of columns that are left out
  /// may hold any text, including quoted text with separators and line ends. The file is UTF-8,
  /// with or without a byte order mark.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - separator: The ASCII character between numbers. A space means any number of spaces and
  ///     tabs.
  ///   - skippingLines: The number of lines to skip at the start, for example 1 for a line of
  ///     names.
  ///   - columns: The fields of a line that become the columns of the array, in this order, counted
  ///     from 0. By default all fields.
  ///   - missing: The element that replaces an empty field. By default an empty field is an error.
  /// - Throws: ``CSVError`` with the line and the column of a field that is not a number of this
  ///   type, or with code `insufficientMemory`, `changed` or `system`.
  /// - Precondition: `separator` cannot be part of a number, `skippingLines` is not negative, and
  ///   `columns` is not empty and has no negative numbers.
  /// - Complexity: O(bytes of the file). The file is read twice, the first time for its size.
  ///   Besides the array itself, the function takes 256 KiB of memory, regardless of the size of
  ///   the file and the lengths of its lines.
  public static func load(
    csv path: String, separator: Character = ",", skippingLines: Int = 0, columns: [Int]? = nil,
    missing: Element? = nil
  ) throws(CSVError) -> SharedArray<Element> {
    let format = CSVFormat(separator: separator, skippingLines: skippingLines, columns: columns)
    var file = try CSVFile(opening: path, format)
    let size = try file.measure()
    let missing = missing.map { element in unsafe withUnsafeBytes(of: element) { unsafe [UInt8]($0) } }
    guard size.isTable else { throw try fault(in: &file, size, missing) }
    let columnCount = columns?.count ?? size.fieldCount
    let array: SharedArray
    do throws(SharedMemoryError) {
      array = try SharedArray(uninitialized: [size.lineCount, columnCount])
    } catch {
      throw CSVError(.insufficientMemory, path: path, detail: error.description, underlying: error.underlying)
    }
    // SAFETY: A new array is contiguous and has this shape.
    try file.read(
      size,
      into: unsafe CSVTarget(
        array.storage.base, of: Element.elementType, columnCount: columnCount, missing: missing))
    return array
  }

  /// Returns the first error in a file whose lines cannot all have the same number of fields.
  private static func fault(
    in file: inout CSVFile, _ size: CSVSize, _ missing: [UInt8]?
  ) throws(CSVError) -> CSVError {
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    defer { unsafe scratch.deallocate() }
    try file.read(size, into: unsafe CSVTarget(scratch: scratch, of: Element.elementType, missing: missing))
    return CSVError(.changed, path: file.path)
  }
}
