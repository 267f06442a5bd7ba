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
  @inlinable
  public func cumulativeSum(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, isProduct: false)
  }

  /// The sums of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeSum() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, isProduct: false)
  }

  /// The products of the first 1, 2, … elements along an axis, as a new array of this shape.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeProduct(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, isProduct: true)
  }

  /// The products of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeProduct() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, isProduct: true)
  }

  @inlinable
  func accumulated(
    _ axis: Int?, isProduct: Bool
  ) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    if let axis { shape.requireAxis(axis) }
    let shape = axis == nil ? Shape(repeating: count, count: 1) : shape
    let result = try SharedArray<Element.SumElement>(uninitialized: shape)
    // SAFETY: the result has as many elements, and its type holds each of them; it is contiguous.
    unsafe widen(into: result.storage.base, as: Element.SumElement.elementType)
    if !isEmpty {
      unsafe accumulate(
        Element.SumElement.elementType, result.storage.base, shape, axis ?? 0, isProduct: isProduct)
    }
    return result
  }

  /// Writes the elements, as the type of their sum, to adjacent places.
  @inlinable
  func widen(into target: UnsafeMutableRawPointer, as type: ElementType) {
    var done = 0
    storage.forEachRun { run in
      // SAFETY: the runs together have as many elements as there is room for.
      unsafe convertRun(
        Element.elementType, run.start, run.stride, run.count, into: target + done * type.byteCount, type)
      done += run.count
    }
  }
}

/// Converts elements at equal distances to a type that holds all of them.
@usableFromInline
func convertRun(
  _ source: ElementType, _ start: UnsafeRawPointer, _ stride: Int, _ count: Int,
  into target: UnsafeMutableRawPointer, _ type: ElementType
) {
  let conversion = ElementConversion(source: source, target: type, rule: .truncating)
  if stride == 1 {
    // SAFETY: the caller's.
    _ = unsafe conversion.convert(start, count: count, into: target)
    return
  }
  for position in 0..<count {
    _ = unsafe conversion.convert(
      start + position * stride * source.byteCount, count: 1, into: target + position * type.byteCount)
  }
}

/// Adds to each element of a contiguous array the one before it along an axis, or multiplies by it, in the order of
/// indices.
@usableFromInline
func accumulate(
  _ type: ElementType, _ base: UnsafeMutableRawPointer, _ shape: Shape, _ axis: Int, isProduct: Bool
) {
  let (extent, width) = (shape[axis], type.byteCount)
  let stride = shape[(axis + 1)...].reduce(1, *)
  let kernel = KernelType.ofElement(type)
  for block in 0..<shape.product / (extent * stride) {
    // SAFETY: the blocks, lanes and rows make up the array.
    let start = unsafe base + block * extent * stride * width
    if stride < 4 {
      for lane in 0..<stride {
        unsafe kernels_accumulate(isProduct ? 1 : 0, kernel, extent, start + lane * width, stride)
      }
      continue
    }
    // Behind the axis lie rows, which are added as a whole.
    for index in 1..<Swift.max(1, extent) {
      let row = unsafe start + index * stride * width
      _ = unsafe (isProduct ? BinaryOperation.multiply : .add).run(
        type, stride, row, 1, row - stride * width, 1, row, 1)
    }
  }
}
