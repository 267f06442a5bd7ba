/// Memory for the numbers of a text file.
@safe struct CSVTarget {
  let type: ElementType
  private let base: UnsafeMutableRawPointer
  private let rowStride: Int
  private let columnStride: Int
  /// The bytes of the element that empty fields stand for.
  private let missing: [UInt8]?

  /// Elements in row-major order.
  init(_ base: UnsafeMutableRawPointer, of type: ElementType, columnCount: Int, missing: [UInt8]?) {
    unsafe self.base = base
    self.type = type
    self.missing = missing
    columnStride = type.byteCount
    rowStride = columnStride * columnCount
  }

  /// One element, the same for all rows and columns: for a file that is to be checked only.
  init(scratch: UnsafeMutableRawPointer, of type: ElementType, missing: [UInt8]?) {
    unsafe self.base = scratch
    self.type = type
    self.missing = missing
    (rowStride, columnStride) = (0, 0)
  }

  func place(_ row: Int, _ column: Int) -> UnsafeMutableRawPointer {
    unsafe base + row * rowStride + column * columnStride
  }

  /// False if empty fields stand for nothing.
  ///
  /// - Precondition: there is room for this element.
  func storeMissing(_ row: Int, _ column: Int) -> Bool {
    guard let missing else { return false }
    // SAFETY: by the precondition; `missing` has the size of an element.
    unsafe place(row, column).copyMemory(from: missing, byteCount: type.byteCount)
    return true
  }
}
