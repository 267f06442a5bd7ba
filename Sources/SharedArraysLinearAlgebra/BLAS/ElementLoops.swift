internal import SharedArraysCore

// Loops over elements for which BLAS has no routine. They are specialized for each element type,
// because unspecialized generic code would call a function for every element.

/// Copies all elements of an array into another of the same shape.
@specialized(where Element == Double)
@specialized(where Element == Float)
func copyEach<Element: BLASElement>(_ source: ArrayStorage<Element>, into target: ArrayStorage<Element>) {
  target.assign(source)
}

/// Multiplies all elements by a factor.
@specialized(where Element == Double)
@specialized(where Element == Float)
func multiplyEach<Element: BLASElement>(_ target: ArrayStorage<Element>, by factor: Element) {
  target.forEachRun { run in
    // SAFETY: The positions lie within the run.
    for position in 0..<run.count { unsafe run[position] *= factor }
  }
}

/// Sets all elements to zero.
@specialized(where Element == Double)
@specialized(where Element == Float)
func clearEach<Element: BLASElement>(_ target: ArrayStorage<Element>) {
  target.forEachRun { run in
    // SAFETY: The positions lie within the run.
    for position in 0..<run.count { unsafe run[position] = 0 }
  }
}

/// Copies the elements above the diagonal of a square matrix to their mirror positions below it.
///
/// - Complexity: O(n²). The loops are blocked so that the cache lines of both triangles stay in the
///   caches.
@specialized(where Element == Double)
@specialized(where Element == Float)
func mirrorUpperTriangle<Element: BLASElement>(_ matrix: ArrayStorage<Element>) {
  let (count, down, right) = (matrix.shape[0], matrix.strides[0], matrix.strides[1])
  let block = 32
  for top in stride(from: 0, to: count, by: block) {
    for left in stride(from: top, to: count, by: block) {
      for row in top..<min(top + block, count) {
        for column in max(left, row + 1)..<max(left, row + 1, min(left + block, count)) {
          // SAFETY: Both indices are less than `count`.
          unsafe matrix.base[column * down + row * right] = matrix.base[row * down + column * right]
        }
      }
    }
  }
}

/// Returns the first index, in row-major order, in the upper triangle of a square matrix at which
/// the element is not finite; nil if all elements are finite.
@specialized(where Element == Double)
@specialized(where Element == Float)
func firstNonFinite<Element: BLASElement>(upperTriangleOf matrix: ArrayStorage<Element>) -> (Int, Int)? {
  let (count, down, right) = (matrix.shape[0], matrix.strides[0], matrix.strides[1])
  for row in 0..<count {
    for column in row..<count {
      // SAFETY: Both indices are less than `count`.
      if !(unsafe matrix.base[row * down + column * right].isFinite) { return (row, column) }
    }
  }
  return nil
}
