internal import CSharedArraysKernels

/// Elements chosen by a mask. All loops read a truth value from a byte that is not 0, and write no element that the mask
/// does not choose: another process may be writing it.
extension ArrayStorage<Bool> {
  /// A mask of the leading axes of a shape, each of whose truth values decides about everything behind it.
  ///
  /// - Precondition: the mask has the shape of the leading axes.
  @usableFromInline
  func covering(_ shape: Shape) -> ArrayStorage {
    let isPrefix = self.shape.count <= shape.count && self.shape.elementsEqual(shape.prefix(self.shape.count))
    if !isPrefix {
      trap("A mask of shape \(self.shape) does not fit the leading axes of an array of shape \(shape).")
    }
    var strides = Strides(repeating: 0, count: shape.count)
    for axis in 0..<self.shape.count { strides[axis] = self.strides[axis] }
    return view(offset: 0, shape: shape, strides: strides)
  }

  /// The number of true elements.
  @usableFromInline
  var trueCount: Int {
    reduced(to: Int.self) { lanes, result in lanes.storeSums(result, ignoringNaN: false) }
  }
}

/// What a loop over chosen elements needs to know of one array.
@usableFromInline
@safe struct ElementRun {
  @usableFromInline let start: UnsafeMutableRawPointer
  @usableFromInline let stride: Int

  @inlinable
  init<Element>(_ run: Run<Element>) {
    unsafe start = UnsafeMutableRawPointer(run.start)
    stride = run.stride
  }
}

/// Writes the elements of `a` where the mask is true.
@usableFromInline
func assignElements(_ width: Int, _ count: Int, _ result: ElementRun, _ mask: ElementRun, _ a: ElementRun) {
  // SAFETY: the runs have `count` elements of `width` bytes, the mask bytes.
  unsafe kernels_assign(
    width, count, result.start, result.stride, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride,
    a.start, a.stride)
}

/// Writes to adjacent places the elements of `a` where the mask is true, else those of `b`.
@usableFromInline
func selectElements(
  _ width: Int, _ count: Int, _ result: UnsafeMutableRawPointer, _ mask: ElementRun, _ a: ElementRun,
  _ b: ElementRun
) {
  // SAFETY: as above; the result is memory of its own.
  unsafe kernels_select(
    width, count, result, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride, a.start, a.stride,
    b.start, b.stride)
}

/// Writes to adjacent places the elements of `a` where the mask is true; returns how many, at most `room`.
@usableFromInline
func compressElements(
  _ width: Int, _ count: Int, _ target: UnsafeMutableRawPointer, room: Int, _ mask: ElementRun,
  _ a: ElementRun
) -> Int {
  // SAFETY: as above; `target` has the room.
  unsafe kernels_compress(
    width, count, target, room, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride, a.start, a.stride
  )
}

/// Writes one element of `source` after the other where the mask is true; returns how many, at most `available`.
@usableFromInline
func expandElements(
  _ width: Int, _ count: Int, _ result: ElementRun, _ mask: ElementRun, _ source: UnsafeRawPointer,
  available: Int
) -> Int {
  // SAFETY: as above; `available` elements follow `source`.
  unsafe kernels_expand(
    width, count, result.start, result.stride, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride,
    source, 1, available)
}
