internal import CSharedArraysOpenBLAS
public import SharedArraysCore
internal import SharedArraysSystem

// The implementation of `matmul`, compiled for each element type.

extension ArrayStorage where Element: BLASElement {
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @usableFromInline
  func setProduct(
    _ a: ArrayStorage, _ b: ArrayStorage, alpha: Element, beta: Element
  ) throws(LinearAlgebraError) {
    requireProductShapes(a.shape, b.shape, into: shape)
    if shape.contains(0) { return }
    try requireSmallExtents(a, "a")
    try requireSmallExtents(b, "b")
    requireDistinctElements(self, "c")
    try refuseOverlap(of: self, "c", with: a, "a")
    try refuseOverlap(of: self, "c", with: b, "b")
    if a.shape[1] == 0 || alpha == 0 { return applyBeta(beta) }
    if b.shape.count == 2 {
      try setMatrixProduct(a, b, alpha, beta)
    } else {
      try setVectorProduct(a, b, alpha, beta)
    }
  }

  private func setMatrixProduct(
    _ a: ArrayStorage, _ b: ArrayStorage, _ alpha: Element, _ beta: Element
  ) throws(LinearAlgebraError) {
    let left = try BLASMatrix.reading(a, "a")
    let right = try BLASMatrix.reading(b, "b")
    let (rows, columns, inner) = (CInt(a.shape[0]), CInt(b.shape[1]), CInt(a.shape[1]))
    try BLASMatrix.writing(self, "c", keepsOld: beta != 0) { result in
      // All three matrices are passed in the order of the output. BLAS sees an input of the other
      // order as its transpose.
      withExtendedLifetime((left, right)) {
        ForkGate.whileNotForking {
          // SAFETY: The extents and leading dimensions are those of the arrays, which stay mapped.
          unsafe Element.routines.gemm(
            result.order, left.transposition(in: result.order), right.transposition(in: result.order),
            rows, columns, inner,
            alpha, left.base, left.leadingDimension, right.base, right.leadingDimension,
            beta, result.base, result.leadingDimension)
        }
      }
    }
  }

  private func setVectorProduct(
    _ a: ArrayStorage, _ b: ArrayStorage, _ alpha: Element, _ beta: Element
  ) throws(LinearAlgebraError) {
    let matrix = try BLASMatrix.reading(a, "a")
    let input = try b.isTakenAsVector ? nil : Scratch<Element>(shape: b.shape)
    if let input { copyEach(b, into: input.storage) }
    let output = try isTakenAsVector ? nil : Scratch<Element>(shape: shape)
    if let output, beta != 0 { copyEach(self, into: output.storage) }
    // The treatment of a NaN in the output by gemv with a `beta` of 0 depends on its version.
    if beta == 0 { clearEach(output?.storage ?? self) }
    withExtendedLifetime((matrix, input, output)) {
      let (x, y) = ((input?.storage ?? b).vector, (output?.storage ?? self).vector)
      ForkGate.whileNotForking {
        // SAFETY: The same as for matrices.
        unsafe Element.routines.gemv(
          matrix.order, CblasNoTrans, CInt(a.shape[0]), CInt(a.shape[1]),
          alpha, matrix.base, matrix.leadingDimension, x.start, x.increment, beta, y.start, y.increment)
      }
      if let output { copyEach(output.storage, into: self) }
    }
  }

  /// Whether BLAS can step through this array of rank 1 without a copy.
  private var isTakenAsVector: Bool {
    shape[0] == 1 || strides[0] != 0 && shape[0] <= BLASVector<Element>.longest(stride: strides[0])
  }

  private var vector: BLASVector<Element> {
    // SAFETY: The count and stride are those of the storage. Vectors that BLAS cannot take have
    // been copied before.
    unsafe BLASVector(first: base, count: shape[0], stride: strides[0])
  }

  /// Multiplies by `beta`. A factor of 0 sets all elements to zero, whatever their values.
  func applyBeta(_ beta: Element) {
    if beta == 0 { clearEach(self) } else if beta != 1 { multiplyEach(self, by: beta) }
  }
}

/// Traps unless the shapes are those of a matrix product.
private func requireProductShapes(_ a: Shape, _ b: Shape, into c: Shape) {
  let isProduct =
    switch (a.count, b.count, c.count) {
    case (2, 2, 2): a[1] == b[0] && c[0] == a[0] && c[1] == b[1]
    case (2, 1, 1): a[1] == b[0] && c[0] == a[0]
    default: false
    }
  if !isProduct {
    trap(
      "matmul takes shapes [m, k] and [k, n] into [m, n], or [m, k] and [k] into [m], "
        + "not \(a) and \(b) into \(c).")
  }
}

/// Throws unless all extents fit 32 bits.
func requireSmallExtents<Element>(
  _ storage: ArrayStorage<Element>, _ name: String
) throws(LinearAlgebraError) {
  if storage.shape.contains(where: { $0 > Int(CInt.max) }) {
    throw LinearAlgebraError(.tooLarge, "\(name) has shape \(storage.shape)")
  }
}
