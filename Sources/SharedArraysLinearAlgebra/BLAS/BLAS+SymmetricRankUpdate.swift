internal import CSharedArraysOpenBLAS
public import SharedArraysCore
internal import SharedArraysSystem

extension BLAS {
  /// Computes `c = alpha * aᵀ * a + beta * c`, which is symmetric: NumPy's `X.T @ X`, in half the
  /// time of a general product.
  ///
  /// `a` has shape [n, k], n observations of k variables, and `c` has shape [k, k]. Both triangles
  /// of `c` are written and are bit-identical. Views are passed to BLAS as in
  /// ``matmul(_:_:into:alpha:beta:)``.
  ///
  /// - Important: If `beta` is not 0, `c` must be symmetric; only its upper triangle is read.
  /// - Throws: ``LinearAlgebraError`` with code `overlap` if `c` shares elements with `a`,
  ///   `tooLarge` if an extent or leading dimension exceeds 2³¹ - 1, `insufficientMemory` if a copy
  ///   cannot be allocated.
  /// - Precondition: The shapes match, and no two indices of `c` refer to the same element.
  /// - Complexity: O(n k²). The underlying routines are `cblas_dsyrk` and `cblas_ssyrk`.
  public static func syrk<Element: BLASElement>(
    _ a: some StridedArray<Element>, into c: SharedArray<Element>, alpha: Element = 1, beta: Element = 0
  ) throws(LinearAlgebraError) {
    let (a, c) = (a.storage, c.storage)
    guard a.shape.count == 2, c.shape == [a.shape[1], a.shape[1]] else {
      trap("syrk takes shape [n, k] into [k, k], not \(a.shape) into \(c.shape).")
    }
    if c.shape.contains(0) { return }
    try requireSmallExtents(a, "a")
    requireDistinctElements(c, "c")
    try refuseOverlap(of: c, "c", with: a, "a")
    if a.shape[0] == 0 || alpha == 0 {
      c.applyBeta(beta)
      return mirrorUpperTriangle(c)
    }
    let input = try BLASMatrix.reading(a, "a")
    let (observations, variables) = (CInt(a.shape[0]), CInt(a.shape[1]))
    try BLASMatrix.writing(c, "c", keepsOld: beta != 0) { result in
      withExtendedLifetime(input) {
        ForkGate.whileNotForking {
          // SAFETY: The extents and leading dimensions are those of the arrays, which stay mapped.
          unsafe Element.routines.syrk(
            result.order, CblasUpper, input.order == result.order ? CblasTrans : CblasNoTrans,
            variables, observations, alpha, input.base, input.leadingDimension,
            beta, result.base, result.leadingDimension)
        }
      }
    }
    mirrorUpperTriangle(c)
  }
}
