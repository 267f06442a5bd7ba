internal import CKernels
public import SharedMemory

extension StridedArray where Element: ReducibleElement {
  /// The sums of the first 1, 2, … elements along an axis, as a new array of this shape.
  ///
  /// Types are those of ``sum(ignoringNaN:)``: integers and truth values are added as integers of 64 bits, and wrap.
  /// Each element is added to the sum before it, so the last sum of floating-point numbers may differ from
  /// ``sum(ignoringNaN:)`` in its last bits.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  public func cumulativeSum(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, isProduct: false)
  }

  /// The sums of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  public func cumulativeSum() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, isProduct: false)
  }

  /// The products of the first 1, 2, … elements along an axis, as a new array of this shape.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  public func cumulativeProduct(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, isProduct: true)
  }

  /// The products of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  public func cumulativeProduct() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, isProduct: true)
  }

  private func accumulated(
    _ axis: Int?, isProduct: Bool
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    if let axis { shape.requireAxis(axis) }
    let copy = try widened()
    let result = axis == nil ? copy.reshaped([count]) : copy
    result.storage.accumulate(axis ?? 0, isProduct: isProduct)
    return result
  }

  /// A copy with the elements as the type of their sum, which holds each of them.
  private func widened() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    let result = try SharedArray<Element.SumElement>(uninitialized: shape)
    let conversion = ElementConversion(
      source: Element.elementType, target: Element.SumElement.elementType, rule: .truncating)
    var done = 0
    unsafe storage.forEachPiece { bytes in
      let count = bytes.count / MemoryLayout<Element>.stride
      guard count > 0, let start = bytes.baseAddress else { return }
      // SAFETY: the pieces together have as many elements as the result.
      let place = unsafe UnsafeMutableRawPointer(result.storage.base + done)
      _ = unsafe conversion.convert(start, count: count, into: place)
      done += count
    }
    return result
  }
}

extension ArrayStorage {
  /// Adds to each element the one before it along an axis, or multiplies by it, in the order of indices.
  ///
  /// - Precondition: contiguous, of 64-bit integers, floating-point or complex numbers.
  fileprivate func accumulate(_ axis: Int, isProduct: Bool) {
    let (extent, stride) = (shape[axis], strides[axis])
    if elementCount == 0 { return }
    let kernel = KernelType.ofElement(Element.elementType)
    if stride < 4 {
      var others = shape
      others[axis] = 1
      view(offset: 0, shape: others, strides: strides).forEachRun { run in
        for position in 0..<run.count {
          // SAFETY: the lane from this element on lies within the array.
          unsafe kernels_accumulate(
            isProduct ? 1 : 0, kernel, extent, run.start + position * run.stride, stride)
        }
      }
      return
    }
    // Behind the axis lie rows, which are added as a whole.
    let rows = elementCount / (extent * stride)
    for block in 0..<rows {
      for index in 1..<Swift.max(1, extent) {
        // SAFETY: both rows, of `stride` elements, lie within the block.
        let row = unsafe base + (block * extent + index) * stride
        _ = unsafe (isProduct ? BinaryOperation.multiply : .add).run(
          Element.elementType, stride, row, 1, row - stride, 1, row, 1)
      }
    }
  }
}
