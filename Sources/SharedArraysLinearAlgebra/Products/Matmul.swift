public import SharedArraysCore

/// Computes `c = alpha * a * b + beta * c` for a matrix `a` and a matrix or vector `b`.
///
/// For `a` of shape [m, k] and `b` of shape [k, n], `c` has shape [m, n]; for a vector `b` of shape
/// [k], `c` has shape [m]. Views whose rows or columns have unit stride, such as whole arrays,
/// blocks and their transposes, are passed to BLAS directly. Other views are copied first.
///
/// The special cases are those of BLAS and NumPy. If `beta` is 0, the old elements of `c` are not
/// read, NaN or not. If `alpha` or k is 0, `c` becomes `beta * c`, and the inputs are not read.
/// Otherwise NaN and infinities propagate. An empty `c` is unchanged.
///
/// - Throws: ``LinearAlgebraError`` with code `overlap` if `c` shares elements with an input,
///   `tooLarge` if an extent or leading dimension exceeds 2³¹ - 1, `insufficientMemory` if a copy
///   cannot be allocated. The elements of `c` are unchanged then.
/// - Precondition: The shapes match, and no two indices of `c` refer to the same element.
/// - Complexity: O(m n k), without copies or allocations for views of unit stride. The underlying
///   routines are `cblas_dgemm` and `cblas_dgemv`, and those of single precision.
@inlinable
public func matmul<Element: BLASElement>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>, into c: SharedArray<Element>,
  alpha: Element = 1, beta: Element = 0
) throws(LinearAlgebraError) {
  try c.storage.setProduct(a.storage, b.storage, alpha: alpha, beta: beta)
}

/// Returns the product of a matrix and a matrix or vector as a new array: NumPy's `a @ b`.
///
/// For `a` of shape [m, k] and `b` of shape [k, n], the product has shape [m, n]; for a vector `b`
/// of shape [k], it has shape [m].
///
/// - Throws: ``LinearAlgebraError`` with code `tooLarge` or `insufficientMemory`, as
///   ``matmul(_:_:into:alpha:beta:)`` does.
/// - Precondition: The shapes match.
/// - Complexity: O(m n k).
public func matmul<Element: BLASElement>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>
) throws(LinearAlgebraError) -> SharedArray<Element> {
  let shape: Shape =
    switch (a.rank, b.rank) {
    case (2, 2): [a.shape[0], b.shape[1]]
    case (2, 1): [a.shape[0]]
    default: []
    }
  let c: SharedArray<Element> = try newArray(shape: shape)
  try matmul(a, b, into: c)
  return c
}
