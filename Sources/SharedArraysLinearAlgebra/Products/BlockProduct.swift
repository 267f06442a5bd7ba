internal import CSharedArraysOpenBLAS
package import SharedArraysCore
internal import SharedArraysSystem

/// A matrix product that is computed in another process: its extents and layouts, without
/// addresses.
package struct BlockProduct: BitwiseCopyable, Sendable {
  /// The number type of the matrices.
  package var kind: ProductKind
  package var rows, columns, inner: CInt
  package var a, b, c: MatrixLayout

  package init(
    kind: ProductKind, rows: CInt, columns: CInt, inner: CInt, a: MatrixLayout, b: MatrixLayout,
    c: MatrixLayout
  ) {
    (self.kind, self.rows, self.columns, self.inner) = (kind, rows, columns, inner)
    (self.a, self.b, self.c) = (a, b, c)
  }

  /// Computes `c = alpha * a * b + beta * c`.
  ///
  /// - Precondition: The pointers lead to matrices and numbers of this kind, with these extents and
  ///   layouts. `c` overlaps neither `a` nor `b`.
  @unsafe package func compute(
    alpha: UnsafeRawPointer, _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, beta: UnsafeRawPointer,
    into result: UnsafeMutableRawPointer
  ) {
    // All three matrices are passed in the order of the output. BLAS sees an input of the other
    // order as its transpose.
    let order = c.order
    let (first, second) = (transposition(a), transposition(b))
    // SAFETY: The precondition states that the pointers lead to numbers of the kind that selects
    // the routine, and to matrices of these extents and layouts.
    ForkGate.whileNotForking {
      switch kind.value {
      case .single:
        unsafe cblas_sgemm(
          order, first, second, rows, columns, inner,
          alpha.load(as: Float.self), left.assumingMemoryBound(to: Float.self), a.leadingDimension,
          right.assumingMemoryBound(to: Float.self), b.leadingDimension,
          beta.load(as: Float.self), result.assumingMemoryBound(to: Float.self), c.leadingDimension)
      case .double:
        unsafe cblas_dgemm(
          order, first, second, rows, columns, inner,
          alpha.load(as: Double.self), left.assumingMemoryBound(to: Double.self), a.leadingDimension,
          right.assumingMemoryBound(to: Double.self), b.leadingDimension,
          beta.load(as: Double.self), result.assumingMemoryBound(to: Double.self), c.leadingDimension)
      case .complexSingle:
        unsafe cblas_cgemm(
          order, first, second, rows, columns, inner, alpha, left, a.leadingDimension, right,
          b.leadingDimension, beta, result, c.leadingDimension)
      case .complexDouble:
        unsafe cblas_zgemm(
          order, first, second, rows, columns, inner, alpha, left, a.leadingDimension, right,
          b.leadingDimension, beta, result, c.leadingDimension)
      }
    }
  }

  private func transposition(_ matrix: MatrixLayout) -> CBLAS_TRANSPOSE {
    matrix.isRowMajor == c.isRowMajor ? CblasNoTrans : CblasTrans
  }
}

/// Performs the checks of `matmul`, except those of the shapes, for products that are computed
/// elsewhere. It throws and traps in the same cases.
///
/// - Throws: `tooLarge`, `overlap`.
package func checkProduct<Element>(
  _ a: ArrayStorage<Element>, _ b: ArrayStorage<Element>, into c: ArrayStorage<Element>
) throws(LinearAlgebraError) {
  try requireSmallExtents(a, "a")
  try requireSmallExtents(b, "b")
  requireDistinctElements(c, "c")
  try refuseOverlap(of: c, "c", with: a, "a")
  try refuseOverlap(of: c, "c", with: b, "b")
}

/// Creates an array for a copy or a result.
///
/// - Throws: `insufficientMemory` with the cause.
package func newProductArray<Element: SharedArrayElement>(
  shape: Shape
) throws(LinearAlgebraError) -> SharedArray<Element> {
  try newArray(shape: shape)
}
