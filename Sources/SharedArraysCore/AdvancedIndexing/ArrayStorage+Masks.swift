internal import CSharedArraysKernels

/// Loops over elements selected by a mask. All of them treat a byte that is not 0 as true. They
/// write no element that the mask does not select, because another process might be writing it.
extension ArrayStorage<Bool> {
  /// Returns a mask of a shape from a mask of its leading axes, each of whose Booleans applies to
  /// all elements behind it.
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

/// The address and stride of a run, for the compiled loops over selected elements.
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
  // SAFETY: the runs have `count` elements, of `width` bytes in the arrays and of one byte in the
  // mask.
  unsafe kernels_assign(
    width, count, result.start, result.stride, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride,
    a.start, a.stride)
}

/// Writes to adjacent places the elements of `a` where the mask is true, and those of `b`
/// elsewhere.
@usableFromInline
func selectElements(
  _ width: Int, _ count: Int, _ result: UnsafeMutableRawPointer, _ mask: ElementRun, _ a: ElementRun,
  _ b: ElementRun
) {
  // SAFETY: as above; the result does not overlap the operands.
  unsafe kernels_select(
    width, count, result, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride, a.start, a.stride,
    b.start, b.stride)
}

/// Writes to adjacent places the elements of `a` where the mask is true. Returns their number,
/// which is at most `room`.
@usableFromInline
func compressElements(
  _ width: Int, _ count: Int, _ target: UnsafeMutableRawPointer, room: Int, _ mask: ElementRun,
  _ a: ElementRun
) -> Int {
  // SAFETY: as above; `target` has room for `room` elements.
  unsafe kernels_compress(
    width, count, target, room, mask.start.assumingMemoryBound(to: UInt8.self), mask.stride, a.start, a.stride
  )
}

/// Writes successive elements of `source` to the places where the mask is true. Returns their
/// number, which is at most `available`.
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
