internal import CSharedArraysOpenBLAS
internal import SharedArraysCore

/// A matrix as BLAS takes it: unit stride along one axis, the leading dimension along the other.
@safe struct BLASMatrix<Element: BLASElement> {
  /// The first element. The memory is the array's, or that of `scratch`.
  let base: UnsafeMutablePointer<Element>
  let order: CBLAS_ORDER
  let leadingDimension: CInt
  private var scratch: Scratch<Element>?

  /// The matrix as it stands; nil if BLAS cannot take it so: neither axis has unit stride, or its rows
  /// overlap or run backwards.
  ///
  /// - Throws: `tooLarge` if the leading dimension does not fit 32 bits.
  init?(_ storage: ArrayStorage<Element>, _ name: String) throws(LinearAlgebraError) {
    guard
      let layout = try MatrixLayout(
        rows: storage.shape[0], columns: storage.shape[1], down: storage.strides[0],
        right: storage.strides[1],
        name)
    else { return nil }
    (order, leadingDimension) = (layout.order, layout.leadingDimension)
    // SAFETY: within an axis' extent, the order and the leading dimension lead where the strides do.
    unsafe base = storage.base
  }

  /// All elements of a contiguous temporary of rank 2, which stays as long as the matrix does.
  init(_ scratch: Scratch<Element>) {
    // SAFETY: as above; `scratch` keeps the memory.
    unsafe base = scratch.storage.base
    order = CblasRowMajor
    leadingDimension = CInt(scratch.storage.shape[1])
    self.scratch = scratch
  }

  /// The matrix as it stands or, if BLAS cannot take it so, a contiguous copy.
  ///
  /// - Throws: `tooLarge` if the leading dimension does not fit 32 bits, `memory` if there is none for the
  ///   copy.
  static func reading(
    _ storage: ArrayStorage<Element>, _ name: String
  ) throws(LinearAlgebraError) -> BLASMatrix {
    if let matrix = try BLASMatrix(storage, name) { return matrix }
    let copy = try Scratch<Element>(shape: storage.shape)
    copyEach(storage, into: copy.storage)
    return BLASMatrix(copy)
  }

  /// Calls `compute` with a matrix that BLAS can write: the output itself where possible, else a temporary
  /// that is copied to it.
  ///
  /// - Parameter keepsOld: whether `compute` reads the output's old elements.
  /// - Throws: as ``reading(_:_:)``.
  static func writing(
    _ output: ArrayStorage<Element>, _ name: String, keepsOld: Bool, _ compute: (BLASMatrix) -> Void
  ) throws(LinearAlgebraError) {
    if let matrix = try BLASMatrix(output, name) { return compute(matrix) }
    let copy = try Scratch<Element>(shape: output.shape)
    if keepsOld { copyEach(output, into: copy.storage) }
    compute(BLASMatrix(copy))
    withExtendedLifetime(copy) { copyEach(copy.storage, into: output) }
  }

  /// What to tell a routine that takes all its matrices in `order`.
  func transposition(in order: CBLAS_ORDER) -> CBLAS_TRANSPOSE {
    self.order == order ? CblasNoTrans : CblasTrans
  }
}
