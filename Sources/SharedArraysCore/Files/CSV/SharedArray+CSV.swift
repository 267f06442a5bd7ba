internal import SharedArraysMemory
internal import SharedArraysSystem

extension SharedArray where Element: OrderedElement {
  /// Reads a text file of numbers, such as `.csv` files are, into a new unnamed array of shape `[lines, columns]`.
  ///
  ///     let x = try SharedArray<Double>.load(csv: "table.csv", skippingLines: 1, columns: [0, 2])
  ///
  /// Each line is a row; lines end in LF, CR LF or CR, and blank ones are skipped. Around a number there may be
  /// spaces, tabs and quotes. Numbers are written as in Swift and in Python, whatever the locale: `-12`, `1.5`, `.5`,
  /// `1e-3`, and for real types `nan` and `inf`; truth values are `true`, `false`, `1` and `0`. Real numbers are
  /// rounded to the nearest that the type has, those of type `Float16` to a `Double` first; integers are never rounded. Fields of columns that are left out may
  /// hold any text, in quotes with separators and line ends, too. The file is UTF-8, with or without a byte order
  /// mark.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - separator: what stands between numbers, an ASCII character; " " stands for any number of spaces and tabs.
  ///   - skippingLines: how many lines at the start are left out, say 1 for a line of names.
  ///   - columns: which fields of a line become the columns of the array, in this order, counted from 0; all unless
  ///     told otherwise.
  ///   - missing: the element that an empty field stands for; unless told otherwise, one is an error.
  /// - Throws: ``CSVError`` with the line and the column where something else stands than a number of this type, or
  ///   with code `memory`, `changed` or `system`.
  /// - Precondition: `separator` cannot be part of a number, `skippingLines` is not negative, `columns` is not empty
  ///   and none of them negative.
  /// - Complexity: O(bytes of the file). It is read twice, first for its size, so that beside the array itself
  ///   it takes 256 KiB of memory, however large the file and its lines are.
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
      throw CSVError(.memory, path: path, detail: error.description, underlying: error.underlying)
    }
    // SAFETY: a new array is contiguous and has this shape.
    try file.read(
      size,
      into: unsafe CSVTarget(
        array.storage.base, of: Element.elementType, columnCount: columnCount, missing: missing))
    return array
  }

  /// The first fault of a file whose lines cannot all have the same number of fields.
  private static func fault(
    in file: inout CSVFile, _ size: CSVSize, _ missing: [UInt8]?
  ) throws(CSVError) -> CSVError {
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    defer { unsafe scratch.deallocate() }
    try file.read(size, into: unsafe CSVTarget(scratch: scratch, of: Element.elementType, missing: missing))
    return CSVError(.changed, path: file.path)
  }
}
