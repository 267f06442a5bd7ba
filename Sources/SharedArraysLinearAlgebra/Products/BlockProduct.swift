internal import CSharedArraysOpenBLAS
package import SharedArraysCore
internal import SharedArraysSystem

/// A product of matrices that is computed somewhere else than its arrays are known: its extents and layouts, without addresses.
package struct BlockProduct: BitwiseCopyable, Sendable {
  /// The kind of the numbers.
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
  /// - Precondition: the pointers lead to matrices and numbers of this kind, extents and layouts; `c` overlaps neither `a` nor `b`.
  @unsafe package func compute(
    alpha: UnsafeRawPointer, _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, beta: UnsafeRawPointer,
    into result: UnsafeMutableRawPointer
  ) {
    // All three are taken in the order of the output: of an input in the other one BLAS sees the transpose.
    let order = c.order
    let (first, second) = (transposition(a), transposition(b))
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

/// The checks of `multiply`, for products that are computed elsewhere: throws what it throws, and traps where it traps, but for
/// what is wrong with the shapes.
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

/// A new array for a copy or a result.
///
/// - Throws: `memory` with the cause.
package func newProductArray<Element: SharedArrayElement>(
  shape: Shape
) throws(LinearAlgebraError) -> SharedArray<Element> {
  try newArray(shape: shape)
}
