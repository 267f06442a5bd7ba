internal import CSharedArraysOpenBLAS

/// The memory layout of a matrix in the terms of BLAS: unit stride along one axis, and the leading
/// dimension along the other.
package struct MatrixLayout: BitwiseCopyable, Sendable {
  /// Whether the elements of a row, rather than those of a column, are adjacent.
  package let isRowMajor: Bool
  package let leadingDimension: CInt

  /// Creates the layout of a matrix with these strides. Returns nil if BLAS cannot take it: neither
  /// axis has unit stride, or its rows overlap or run backwards.
  ///
  /// - Throws: `tooLarge` if the leading dimension does not fit 32 bits.
  package init?(
    rows: Int, columns: Int, down: Int, right: Int, _ name: String
  ) throws(LinearAlgebraError) {
    let leading: Int
    // The stride of an axis of extent 1 is arbitrary and has no effect.
    if right == 1 || columns == 1, rows == 1 || down >= columns {
      isRowMajor = true
      leading = rows == 1 ? columns : down
    } else if down == 1 || rows == 1, columns == 1 || right >= rows {
      isRowMajor = false
      leading = columns == 1 ? rows : right
    } else {
      return nil
    }
    guard let narrow = CInt(exactly: leading) else {
      throw LinearAlgebraError(.tooLarge, "\(name) has a leading dimension of \(leading)")
    }
    leadingDimension = narrow
  }

  var order: CBLAS_ORDER { isRowMajor ? CblasRowMajor : CblasColMajor }

  /// Returns the distance, in elements, from the first element to the element at a row and column.
  package func distance(toRow row: Int, column: Int) -> Int {
    isRowMajor ? row * Int(leadingDimension) + column : column * Int(leadingDimension) + row
  }
}
