public import SharedArraysCore

/// Computes `c = alpha * a * b + beta * c` for a matrix `a` and a matrix or vector `b`.
///
/// For `a` of shape [m, k] and `b` of shape [k, n], `c` has shape [m, n]; for a vector `b` of shape [k], `c`
/// has shape [m]. Views whose rows or columns have unit stride, such as whole arrays, blocks and their
/// transposes, go to BLAS as they are; others are copied first.
///
/// As in BLAS and NumPy: if `beta` is 0 the old elements of `c` are not read, NaN or not; if `alpha` or k is
/// 0, `c` becomes `beta * c` and the inputs are not read; otherwise NaN and infinities propagate. An empty
/// `c` stays as it is.
///
/// - Throws: ``LinearAlgebraError`` with code `overlap` if `c` shares elements with an input, `tooLarge` if
///   an extent or leading dimension exceeds 2³¹ - 1, `memory` if there is none for a copy. The elements of
///   `c` are unchanged then.
/// - Precondition: the shapes fit, and no two indices of `c` mean the same element.
/// - Complexity: O(m n k); nothing is copied or allocated for views of unit stride. The routines behind it
///   are `cblas_dgemm` and `cblas_dgemv`, and those of single precision.
@inlinable
public func multiply<Element: BLASElement>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>, into c: SharedArray<Element>,
  alpha: Element = 1, beta: Element = 0
) throws(LinearAlgebraError) {
  try c.storage.setProduct(a.storage, b.storage, alpha: alpha, beta: beta)
}

/// The product of a matrix and a matrix or vector, as a new array: NumPy's `a @ b`.
///
/// For `a` of shape [m, k] and `b` of shape [k, n] it has shape [m, n]; for a vector `b` of shape [k], shape [m].
///
/// - Throws: ``LinearAlgebraError`` with code `tooLarge` or `memory`, as ``multiply(_:_:into:alpha:beta:)``.
/// - Precondition: the shapes fit.
/// - Complexity: O(m n k).
public func multiply<Element: BLASElement>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>
) throws(LinearAlgebraError) -> SharedArray<Element> {
  let shape: Shape =
    switch (a.rank, b.rank) {
    case (2, 2): [a.shape[0], b.shape[1]]
    case (2, 1): [a.shape[0]]
    default: []
    }
  let c: SharedArray<Element> = try newArray(shape: shape)
  try multiply(a, b, into: c)
  return c
}
