public import SharedArraysCore

// These functions take views of any rank: rows that are not neighbours in memory are vectors of their own.
// Contiguous arrays, and views of rank 1, are one vector and one call of BLAS.

/// The sum of the products of the elements of two arrays of the same shape; 0 if they are empty.
///
/// Of arrays of any rank all elements count, as in NumPy's `vdot`. NaN and infinities propagate.
///
/// - Precondition: the shapes are the same.
/// - Complexity: O(n), no allocation. The routines behind it are `cblas_ddot` and `cblas_sdot`.
@inlinable
public func dot<Element: BLASElement>(
  _ x: some StridedArray<Element>, _ y: some StridedArray<Element>
) -> Element {
  x.storage.dot(y.storage)
}

/// The Euclidean norm: the square root of the sum of squares of all elements; 0 for an empty array.
///
/// Squares that would overflow or vanish do no harm. NaN propagates; without one, an infinity gives infinity.
///
/// - Complexity: O(n), no allocation. The routines behind it are `cblas_dnrm2` and `cblas_snrm2`.
@inlinable
public func norm2<Element: BLASElement>(_ x: some StridedArray<Element>) -> Element {
  x.storage.norm2()
}

/// Adds `alpha` times each element of `x` to the element of `y` at the same index.
///
/// If `alpha` is 0, `x` is not read and `y` stays as it is, as in BLAS.
///
/// - Throws: ``LinearAlgebraError`` with code `overlap` if `y` shares elements with `x`, unless both are the
///   same view.
/// - Precondition: the shapes are the same, and no two indices of `y` mean the same element.
/// - Complexity: O(n), no allocation for arrays far from each other. The routines behind it are `cblas_daxpy`
///   and `cblas_saxpy`.
@inlinable
public func axpy<Element: BLASElement>(
  _ alpha: Element, _ x: some StridedArray<Element>, into y: SharedArray<Element>
) throws(LinearAlgebraError) {
  try y.storage.add(alpha, times: x.storage)
}

/// Multiplies every element of `x` by `alpha`.
///
/// A factor of 0 makes NaN of NaN and of infinities, as in NumPy.
///
/// - Precondition: no two indices of `x` mean the same element.
/// - Complexity: O(n), no allocation. The routines behind it are `cblas_dscal` and `cblas_sscal`.
@inlinable
public func scale<Element: BLASElement>(_ x: SharedArray<Element>, by alpha: Element) {
  x.storage.scale(by: alpha)
}
