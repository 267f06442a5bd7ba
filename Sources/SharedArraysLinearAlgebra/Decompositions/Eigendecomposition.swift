public import SharedArraysCore
internal import SharedArraysSystem

/// The eigenvalues and eigenvectors of a symmetric matrix.
public struct Eigendecomposition<Element: BLASElement>: Sendable {
  /// The eigenvalues in ascending order, of shape [k].
  public let values: SharedArray<Element>
  /// The eigenvectors, as the columns of a matrix of shape [k, k]: `vectors[.all, j]` belongs to
  /// `values[j]`.
  ///
  /// The eigenvectors have length 1 and are orthogonal. LAPACK determines their signs, and the
  /// choice among the vectors of equal eigenvalues. The matrix is a transposed view: each vector is
  /// contiguous.
  public let vectors: SharedArray<Element>
}

/// Computes all eigenvalues and eigenvectors of a real symmetric matrix.
///
/// The matrix is not changed. Only its upper triangle is read; the lower triangle is taken to be
/// its mirror image.
///
/// - Throws: ``LinearAlgebraError`` with code `notFinite` for NaN and infinities; `notConverged` if
///   the iteration fails; `tooLarge` from about 32,000 rows on, where LAPACK's workspace exceeds
///   2³¹ - 1 elements; `insufficientMemory` if an allocation fails.
/// - Precondition: `a` has rank 2, and its numbers of rows and columns are equal; they can be 0.
/// - Complexity: O(k³), and memory for about 3 k² elements, a third of which is the result. The
///   underlying routines are `dsyevd` and `ssyevd`.
public func eigh<Element: BLASElement>(
  _ a: some StridedArray<Element>
) throws(LinearAlgebraError) -> Eigendecomposition<Element> {
  let a = a.storage
  guard a.shape.count == 2, a.shape[0] == a.shape[1] else {
    trap("eigh takes a square matrix, not shape \(a.shape).")
  }
  let count = a.shape[0]
  guard let least = SymmetricEigenWorkspace(count: count) else {
    throw LinearAlgebraError(.tooLarge, "a has shape \(a.shape)")
  }
  let values: SharedArray<Element> = try newArray(shape: [count])
  let matrix: SharedArray<Element> = try newArray(shape: a.shape)
  if count == 0 { return Eigendecomposition(values: values, vectors: matrix) }
  copyEach(a, into: matrix.storage)
  if let (row, column) = firstNonFinite(upperTriangleOf: matrix.storage) {
    throw LinearAlgebraError(.notFinite, "a[\(row), \(column)] is \(matrix[row, column])")
  }
  // LAPACK is column-major: it takes the upper triangle for the lower one, and stores a vector in
  // each row.
  let best = least.improved(matrix, values)
  let work = try Scratch<Element>(shape: [best.count])
  let integers = try Scratch<Int32>(shape: [best.integerCount])
  let info = withExtendedLifetime((matrix, values, work, integers)) {
    ForkGate.whileNotForking {
      // SAFETY: The arrays are contiguous and have the lengths that LAPACK requires.
      unsafe Element.routines.syevd(
        CInt(count), matrix.storage.base, values.storage.base,
        work.storage.base, CInt(best.count), integers.storage.base, CInt(best.integerCount))
    }
  }
  try checkSymmetricEigen(info: Int(info), count: count)
  return Eigendecomposition(values: values, vectors: matrix.transposed())
}

/// Throws if LAPACK did not find all eigenvalues.
package func checkSymmetricEigen(info: Int, count: Int) throws(LinearAlgebraError) {
  if info == 0 { return }
  if info < 0 { trap("LAPACK's syevd rejected argument \(-info).") }
  // A value above `count` encodes the first and last row of a block, as quotient and remainder.
  let (first, last) = info.quotientAndRemainder(dividingBy: count + 1)
  let unconverged = first == 0 ? info : last - first + 1
  throw LinearAlgebraError(
    .notConverged, "\(unconverged) of \(count) eigenvalues did not converge, LAPACK's INFO is \(info)",
    unconvergedCount: unconverged)
}

/// The size of the workspace that LAPACK's `syevd` needs for a matrix of a given size.
struct SymmetricEigenWorkspace {
  let matrixCount: Int
  var count: Int
  var integerCount: Int

  /// Creates the minimum size according to LAPACK's documentation; nil if it does not fit 32 bits.
  init?(count: Int) {
    guard count <= Int(CInt.max) else { return nil }
    matrixCount = count
    self.count = max(1, 1 + 6 * count + 2 * count * count)
    integerCount = max(1, 3 + 5 * count)
    if max(self.count, integerCount) > Int(CInt.max) { return nil }
  }

  /// Returns the optimal sizes that LAPACK reports. Those might be rounded down, so the result is
  /// at least the minimum.
  func improved<Element: BLASElement>(
    _ matrix: SharedArray<Element>, _ values: SharedArray<Element>
  ) -> Self {
    var (length, integerLength): (Element, CInt) = (0, 0)
    let info = ForkGate.whileNotForking {
      // SAFETY: In a size query the routine writes only the first element of each workspace.
      unsafe Element.routines.syevd(
        CInt(matrixCount), matrix.storage.base, values.storage.base, &length, -1, &integerLength, -1)
    }
    guard info == 0, let best = CInt(exactly: length.rounded(.up)) else { return self }
    var better = self
    better.count = max(count, Int(best))
    better.integerCount = max(integerCount, Int(integerLength))
    return better
  }
}
