internal import SharedArraysCore

/// A vector in the form that BLAS takes: the address of its lowest element, and a signed increment.
/// Its span in memory fits 32 bits.
@safe struct BLASVector<Element: BLASElement> {
  let start: UnsafeMutablePointer<Element>
  let count: CInt
  let increment: CInt

  /// Creates a vector of `count` elements from `first` on, `stride` elements apart.
  ///
  /// - Precondition: `count` is at most `longest(stride:)`.
  init(first: UnsafeMutablePointer<Element>, count: Int, stride: Int) {
    // One element may have a stride of any size, which BLAS does not need.
    let stride = count <= 1 ? 1 : stride
    // SAFETY: The last element, which has the lowest address if the stride is negative, belongs to
    // the array.
    unsafe start = stride < 0 ? first + (count - 1) * stride : first
    self.count = CInt(count)
    increment = CInt(stride)
  }

  /// Returns the maximum number of elements at this stride whose span fits 32 bits, because
  /// OpenBLAS computes the product of the two in 32 bits.
  static func longest(stride: Int) -> Int {
    max(1, Int(CInt.max) / max(1, abs(stride)))
  }
}

/// Calls `body` with two runs of the same length, divided into pieces that BLAS can count.
func forEachPiece<Element: BLASElement>(
  _ x: Run<Element>, _ y: Run<Element>, _ body: (BLASVector<Element>, BLASVector<Element>) -> Void
) {
  let longest = min(
    BLASVector<Element>.longest(stride: x.stride), BLASVector<Element>.longest(stride: y.stride))
  var done = 0
  while done < x.count {
    let count = min(longest, x.count - done)
    // SAFETY: The piece lies within both runs.
    unsafe body(
      BLASVector(first: x.start + done * x.stride, count: count, stride: x.stride),
      BLASVector(first: y.start + done * y.stride, count: count, stride: y.stride))
    done += count
  }
}
