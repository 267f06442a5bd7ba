public import SharedArraysCore

/// The routines of BLAS under their own names, for arrays of any layout and rank.
///
///     let r = BLAS.nrm2(x)
///     try BLAS.axpy(-r, x, into: y)       // y -= r * x, in one pass
///     BLAS.scal(y, by: 0.5)
///
/// They are for programs that count calls of BLAS. `x.dot(y)`, `x *= a` and ``matmul(_:_:)`` are
/// the usual way.
///
/// Rows that are not adjacent in memory are separate vectors. Contiguous arrays, and views of rank
/// 1, are one vector and one call of BLAS.
public enum BLAS {
  /// Returns the sum of the products of the elements of two arrays of the same shape; 0 if they are
  /// empty.
  ///
  /// Arrays of any rank contribute all their elements, as in NumPy's `vdot`. NaN and infinities
  /// propagate.
  ///
  /// - Precondition: The shapes are equal.
  /// - Complexity: O(n), without allocation. The underlying routines are `cblas_ddot` and
  ///   `cblas_sdot`.
  @inlinable
  public static func dot<Element: BLASElement>(
    _ x: some StridedArray<Element>, _ y: some StridedArray<Element>
  ) -> Element {
    x.storage.dot(y.storage)
  }

  /// Returns the Euclidean norm: the square root of the sum of squares of all elements; 0 for an
  /// empty array.
  ///
  /// Squares that overflow or underflow do not affect the result. NaN propagates; without a NaN, an
  /// infinity gives infinity.
  ///
  /// - Complexity: O(n), without allocation. The underlying routines are `cblas_dnrm2` and
  ///   `cblas_snrm2`.
  @inlinable
  public static func nrm2<Element: BLASElement>(_ x: some StridedArray<Element>) -> Element {
    x.storage.norm2()
  }

  /// Adds `alpha` times each element of `x` to the element of `y` at the same index.
  ///
  /// If `alpha` is 0, `x` is not read and `y` stays as it is, as in BLAS.
  ///
  /// - Throws: ``LinearAlgebraError`` with code `overlap` if `y` shares elements with `x`, unless
  ///   both are the same view.
  /// - Precondition: The shapes are equal, and no two indices of `y` refer to the same element.
  /// - Complexity: O(n), without allocation for arrays that are far apart. The underlying routines
  ///   are `cblas_daxpy` and `cblas_saxpy`.
  @inlinable
  public static func axpy<Element: BLASElement>(
    _ alpha: Element, _ x: some StridedArray<Element>, into y: SharedArray<Element>
  ) throws(LinearAlgebraError) {
    try y.storage.add(alpha, times: x.storage)
  }

  /// Multiplies every element of `x` by `alpha`.
  ///
  /// A factor of 0 turns NaN and infinities into NaN, as in NumPy.
  ///
  /// - Precondition: No two indices of `x` refer to the same element.
  /// - Complexity: O(n), without allocation. The underlying routines are `cblas_dscal` and
  ///   `cblas_sscal`.
  @inlinable
  public static func scal<Element: BLASElement>(_ x: SharedArray<Element>, by alpha: Element) {
    x.storage.scale(by: alpha)
  }
}
