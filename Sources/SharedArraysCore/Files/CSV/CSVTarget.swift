/// The memory that receives the numbers of a text file.
@safe struct CSVTarget {
  let type: ElementType
  private let base: UnsafeMutableRawPointer
  private let rowStride: Int
  private let columnStride: Int
  /// The bytes of the element that replaces empty fields.
  private let missing: [UInt8]?

  /// Creates a target of elements in row-major order.
  init(_ base: UnsafeMutableRawPointer, of type: ElementType, columnCount: Int, missing: [UInt8]?) {
    unsafe self.base = base
    self.type = type
    self.missing = missing
    columnStride = type.byteCount
    rowStride = columnStride * columnCount
  }

  /// Creates a target with a single element for all rows and columns, for a file that is only
  /// checked.
  init(scratch: UnsafeMutableRawPointer, of type: ElementType, missing: [UInt8]?) {
    unsafe self.base = scratch
    self.type = type
    self.missing = missing
    (rowStride, columnStride) = (0, 0)
  }

  func place(_ row: Int, _ column: Int) -> UnsafeMutableRawPointer {
    unsafe base + row * rowStride + column * columnStride
  }

  /// Stores the element that replaces empty fields. Returns false if the caller has given none.
  ///
  /// - Precondition: The target has this row and column.
  func storeMissing(_ row: Int, _ column: Int) -> Bool {
    guard let missing else { return false }
    // SAFETY: By the precondition; `missing` has the size of an element.
    unsafe place(row, column).copyMemory(from: missing, byteCount: type.byteCount)
    return true
  }
}
