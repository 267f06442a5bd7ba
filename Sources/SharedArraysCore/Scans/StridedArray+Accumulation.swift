internal import CSharedArraysKernels
public import SharedArraysMemory

extension StridedArray where Element: ReducibleElement {
  /// Returns a new array of this shape with the sums of the first 1, 2, … elements along an axis.
  ///
  /// The types are those of ``sum(ignoringNaN:)``: integers and truth values are added as 64-bit
  /// integers, and wrap on overflow. Each element is added to the sum before it, so the last sum of
  /// floating-point numbers might differ from ``sum(ignoringNaN:)`` in its last bits.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeSum(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, .add)
  }

  /// Returns a new array of rank 1 with the sums of the first 1, 2, … elements in row-major order.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeSum() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, .add)
  }

  /// Returns a new array of this shape with the products of the first 1, 2, … elements along an
  /// axis.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeProduct(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, .multiply)
  }

  /// Returns a new array of rank 1 with the products of the first 1, 2, … elements in row-major
  /// order.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeProduct() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, .multiply)
  }

  /// Returns the scan of an operation along an axis, or in row-major order if `axis` is nil. The
  /// first result is the first element. Each later result is that of the operation on the result
  /// before it and the element at its own place.
  @inlinable
  func accumulated<Result: SharedArrayElement>(
    _ axis: Int?, _ operation: BinaryOperation
  ) throws(SharedMemoryError) -> SharedArray<Result> {
    if let axis { shape.requireAxis(axis) }
    let shape = axis == nil ? Shape(repeating: count, count: 1) : shape
    let result = try SharedArray<Result>(uninitialized: shape)
    // SAFETY: The result is contiguous, has the same number of elements, and its type can represent
    // each of them.
    unsafe widen(into: result.storage.base, as: Result.elementType)
    if !isEmpty {
      unsafe accumulate(Result.elementType, result.storage.base, shape, axis ?? 0, operation)
    }
    return result
  }

  /// Writes the elements to adjacent places, converted to a type that can represent them.
  @inlinable
  func widen(into target: UnsafeMutableRawPointer, as type: ElementType) {
    var done = 0
    storage.forEachRun { run in
      // SAFETY: The runs together have `count` elements, for which the caller's target has room.
      unsafe convertRun(
        Element.elementType, run.start, run.stride, run.count, into: target + done * type.byteCount, type)
      done += run.count
    }
  }
}

/// Converts elements with a constant stride to a type that can represent all of them.
@usableFromInline
func convertRun(
  _ source: ElementType, _ start: UnsafeRawPointer, _ stride: Int, _ count: Int,
  into target: UnsafeMutableRawPointer, _ type: ElementType
) {
  let conversion = ElementConversion(source: source, target: type, rule: .truncating)
  if stride == 1 {
    // SAFETY: The caller's source has `count` elements at this stride, and its target has room for
    // them.
    _ = unsafe conversion.convert(start, count: count, into: target)
    return
  }
  for position in 0..<count {
    _ = unsafe conversion.convert(
      start + position * stride * source.byteCount, count: 1, into: target + position * type.byteCount)
  }
}

/// Scans a contiguous array in place along an axis: in index order, replaces each element by the
/// result of an operation on the element before it and itself.
@usableFromInline
func accumulate(
  _ type: ElementType, _ base: UnsafeMutableRawPointer, _ shape: Shape, _ axis: Int,
  _ operation: BinaryOperation
) {
  let (extent, width) = (shape[axis], type.byteCount)
  let stride = shape[(axis + 1)...].reduce(1, *)
  // Bytes of truth values are compared as numbers. A result is true if its byte is not 0.
  let type = type == .bool ? .uint8 : type
  for block in 0..<shape.product / (extent * stride) {
    // SAFETY: The blocks, lanes and rows make up the array.
    let start = unsafe base + block * extent * stride * width
    if stride < 4 {
      for lane in 0..<stride { unsafe operation.accumulate(type, extent, start + lane * width, stride) }
      continue
    }
    // The elements after the axis form rows, which are combined as a whole.
    for index in 1..<Swift.max(1, extent) {
      let row = unsafe start + index * stride * width
      _ = unsafe operation.run(type, stride, row, 1, row - stride * width, 1, row, 1)
    }
  }
}

extension BinaryOperation {
  /// Scans a lane in place: replaces each element by the result for the element before it and
  /// itself.
  fileprivate func accumulate(
    _ type: ElementType, _ count: Int, _ start: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let kernel = KernelType.ofElement(type)
    // SAFETY: The caller's lane has `count` elements of the type.
    switch self {
    case .minimum, .maximum:
      unsafe kernels_accumulate_extreme(self == .maximum ? 1 : 0, kernel, count, start, stride)
    default:
      unsafe kernels_accumulate(self == .multiply ? 1 : 0, kernel, count, start, stride)
    }
  }
}
