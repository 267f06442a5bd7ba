internal import SharedArraysCore

/// A vector as BLAS takes it: the element at the lowest address, and signed steps; spans in memory fit 32
/// bits.
@safe struct BLASVector<Element: BLASElement> {
  let start: UnsafeMutablePointer<Element>
  let count: CInt
  let increment: CInt

  /// `count` elements from the one at `first` on, `stride` apart.
  ///
  /// - Precondition: there are at most `longest(stride:)`.
  init(first: UnsafeMutablePointer<Element>, count: Int, stride: Int) {
    // One element may have a stride of any size, which BLAS need not know.
    let stride = count <= 1 ? 1 : stride
    // SAFETY: the last of the elements, which has the lowest address if they go backwards, is one of the
    // array's.
    unsafe start = stride < 0 ? first + (count - 1) * stride : first
    self.count = CInt(count)
    increment = CInt(stride)
  }

  /// The most elements at this stride whose span fits 32 bits: OpenBLAS computes with the product of the two.
  static func longest(stride: Int) -> Int {
    max(1, Int(CInt.max) / max(1, abs(stride)))
  }
}

/// Calls `body` with two runs of the same length, cut into pieces that BLAS can count.
func forEachPiece<Element: BLASElement>(
  _ x: Run<Element>, _ y: Run<Element>, _ body: (BLASVector<Element>, BLASVector<Element>) -> Void
) {
  let longest = min(
    BLASVector<Element>.longest(stride: x.stride), BLASVector<Element>.longest(stride: y.stride))
  var done = 0
  while done < x.count {
    let count = min(longest, x.count - done)
    // SAFETY: the piece lies within both runs.
    unsafe body(
      BLASVector(first: x.start + done * x.stride, count: count, stride: x.stride),
      BLASVector(first: y.start + done * y.stride, count: count, stride: y.stride))
    done += count
  }
}
