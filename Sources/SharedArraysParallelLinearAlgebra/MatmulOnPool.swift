public import Multiprocessing
public import SharedArraysCore
public import SharedArraysLinearAlgebra

/// Computes `c = alpha * a * b + beta * c` in the workers of a pool.
///
///     let pool = try ProcessPool(pinsWorkers: true)
///     try matmul(a, b, into: c, on: pool)
///
/// For `a` of shape [m, k] and `b` of shape [k, n], `c` has shape [m, n], and each worker computes
/// a part of `c` with one BLAS thread. For a batch of products `a` has shape [count, m, k], `b` has
/// shape [count, k, n] and `c` has shape [count, m, n], and each worker takes some products at a
/// time. An `a` or `b` of rank 2 is used for all products. The workers map the arrays at their
/// first use, and keep them mapped until they have been idle for a second. The number of BLAS
/// threads in this process has no effect and is not changed.
///
/// Views whose rows or columns have unit stride are passed to BLAS directly. Other views, and
/// arrays of mapped files, are copied first. NaN, infinities, `alpha`, `beta` and empty arrays are
/// treated as in ``matmul(_:_:into:alpha:beta:)``.
///
/// If a worker dies, another worker retries its part, unless `beta` is not 0. In that case the part
/// of `c` might be half changed, and the call throws. Workers that are woken together for less than
/// some milliseconds might share a core for that time. A pool that pins its workers and has one for
/// each core avoids this.
///
/// - Parameter timeout: The maximum time of a worker's part. A worker that takes longer is killed.
/// - Throws: ``ProductError`` with code `refused` if `c` shares elements with an input, an extent
///   or leading dimension exceeds 2³¹ - 1, or a copy cannot be allocated; `c` is unchanged then.
///   The code is `unfinished` if the pool does not finish.
/// - Precondition: The shapes match, and no two indices of `c` refer to the same element.
/// - Complexity: O(count m n k), and an overhead of about twenty microseconds, the time of a
///   product of 64 x 64. The underlying routines are `cblas_dgemm`, `cblas_sgemm`, `cblas_zgemm`
///   and `cblas_cgemm`.
public func matmul<Element: ProductElement>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>, into c: SharedArray<Element>,
  on pool: ProcessPool, alpha: Element = 1, beta: Element = 0, timeout: Duration? = nil
) throws(ProductError) {
  requireProductShapes(a.shape, b.shape, into: c.shape)
  if c.isEmpty { return }
  do throws(LinearAlgebraError) { try checkProduct(a.storage, b.storage, into: c.storage) } catch {
    throw ProductError(error)
  }
  if a.isEmpty || alpha == 0 { return apply(beta, to: c) }
  let plan = try plan(a.storage, b.storage, c.storage, alpha, beta)
  let tiles = plan.tiles(workers: pool.workerCount)
  do throws(PoolError) {
    _ = try pool.map(ComputeTile.self, tiles, chunkSize: 1, timeout: timeout, retries: beta == 0 ? 2 : 0)
  } catch {
    throw ProductError(error)
  }
  if plan.c.isCopy { c.storage.assign(plan.c.array.storage) }
}

/// Returns the product of two matrices, or of a batch of matrices, as a new array, computed in the
/// workers of a pool.
///
/// The shape of the result is [m, n] for matrices of shapes [m, k] and [k, n], and [count, m, n] if
/// one or both have a leading axis of extent count.
///
/// - Throws: ``ProductError``, as ``matmul(_:_:into:on:alpha:beta:timeout:)`` does.
/// - Precondition: The shapes match.
/// - Complexity: The same as with an output.
public func matmul<Element: ProductElement>(
  _ a: some StridedArray<Element>, _ b: some StridedArray<Element>, on pool: ProcessPool
) throws(ProductError) -> SharedArray<Element> {
  var shape: Shape = []
  if (2...3).contains(a.rank), (2...3).contains(b.rank) {
    let (rows, columns) = (a.shape[a.rank - 2], b.shape[b.rank - 1])
    let count = a.rank == 3 ? a.shape[0] : b.rank == 3 ? b.shape[0] : nil
    shape = count.map { [$0, rows, columns] } ?? [rows, columns]
  }
  let c: SharedArray<Element>
  do throws(LinearAlgebraError) { c = try newProductArray(shape: shape) } catch { throw ProductError(error) }
  try matmul(a, b, into: c, on: pool)
  return c
}

private func plan<Element: ProductElement>(
  _ a: ArrayStorage<Element>, _ b: ArrayStorage<Element>, _ c: ArrayStorage<Element>, _ alpha: Element,
  _ beta: Element
) throws(ProductError) -> ProductPlan<Element> {
  do throws(LinearAlgebraError) {
    return ProductPlan(
      a: try PlannedOperand(a, "a"), b: try PlannedOperand(b, "b"),
      c: try PlannedOperand(c, "c", keepsElements: beta != 0), alpha: alpha, beta: beta)
  } catch {
    throw ProductError(error)
  }
}

private func apply<Element: ProductElement>(_ beta: Element, to c: SharedArray<Element>) {
  if beta == 0 { c.fill(0) } else if beta != 1 { c *= beta }
}

/// Traps unless the shapes are those of matrix products.
private func requireProductShapes(_ a: Shape, _ b: Shape, into c: Shape) {
  let isBatch = a.count == 3 || b.count == 3
  let rank = isBatch ? 3 : 2
  let fits =
    (2...3).contains(a.count) && (2...3).contains(b.count) && c.count == rank
    && a[a.count - 1] == b[b.count - 2] && c[rank - 2] == a[a.count - 2] && c[rank - 1] == b[b.count - 1]
    && [a, b].allSatisfy { $0.count == 2 || $0[0] == c[0] }
  if !fits {
    fatalError(
      "matmul on a pool takes shapes [m, k] and [k, n] into [m, n], or [count, m, k] and [count, k, n] "
        + "into [count, m, n], not \(a) and \(b) into \(c).")
  }
}
