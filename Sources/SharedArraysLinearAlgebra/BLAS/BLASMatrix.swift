internal import CSharedArraysOpenBLAS
internal import SharedArraysCore

/// A matrix in the form that BLAS takes: unit stride along one axis, and the leading dimension
/// along the other.
@safe struct BLASMatrix<Element: BLASElement> {
  /// The address of the first element. The memory belongs to the array or to `scratch`.
  let base: UnsafeMutablePointer<Element>
  let order: CBLAS_ORDER
  let leadingDimension: CInt
  private var scratch: Scratch<Element>?

  /// Creates a matrix that refers to the elements of the storage. Returns nil if BLAS cannot take
  /// it: neither axis has unit stride, or its rows overlap or run backwards.
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
    // SAFETY: Within the extents, order and leading dimension address the same elements as the
    // strides.
    unsafe base = storage.base
  }

  /// Creates a matrix of all elements of a contiguous temporary of rank 2, which it keeps alive.
  init(_ scratch: Scratch<Element>) {
    // SAFETY: The same as above; `scratch` keeps the memory.
    unsafe base = scratch.storage.base
    order = CblasRowMajor
    leadingDimension = CInt(scratch.storage.shape[1])
    self.scratch = scratch
  }

  /// Returns a matrix that refers to the elements of the storage, or a contiguous copy if BLAS
  /// cannot take them.
  ///
  /// - Throws: `tooLarge` if the leading dimension does not fit 32 bits, `insufficientMemory` if
  ///   the copy cannot be allocated.
  static func reading(
    _ storage: ArrayStorage<Element>, _ name: String
  ) throws(LinearAlgebraError) -> BLASMatrix {
    if let matrix = try BLASMatrix(storage, name) { return matrix }
    let copy = try Scratch<Element>(shape: storage.shape)
    copyEach(storage, into: copy.storage)
    return BLASMatrix(copy)
  }

  /// Calls `compute` with a matrix that BLAS can write: the output itself if possible, otherwise a
  /// temporary that is copied to it.
  ///
  /// - Parameter keepsOld: Whether `compute` reads the output's old elements.
  /// - Throws: The same errors as ``reading(_:_:)``.
  static func writing(
    _ output: ArrayStorage<Element>, _ name: String, keepsOld: Bool, _ compute: (BLASMatrix) -> Void
  ) throws(LinearAlgebraError) {
    if let matrix = try BLASMatrix(output, name) { return compute(matrix) }
    let copy = try Scratch<Element>(shape: output.shape)
    if keepsOld { copyEach(output, into: copy.storage) }
    compute(BLASMatrix(copy))
    withExtendedLifetime(copy) { copyEach(copy.storage, into: output) }
  }

  /// Returns the transposition to pass to a routine that takes all its matrices in `order`.
  func transposition(in order: CBLAS_ORDER) -> CBLAS_TRANSPOSE {
    self.order == order ? CblasNoTrans : CblasTrans
  }
}
