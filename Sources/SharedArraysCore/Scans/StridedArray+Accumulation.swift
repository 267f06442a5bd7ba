internal import CSharedArraysKernels
public import SharedArraysMemory

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
    try accumulated(axis, .add)
  }

  /// The sums of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeSum() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, .add)
  }

  /// The products of the first 1, 2, … elements along an axis, as a new array of this shape.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func cumulativeProduct(axis: Int) throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(axis, .multiply)
  }

  /// The products of the first 1, 2, … elements in row-major order, as a new array of rank 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func cumulativeProduct() throws(SharedMemoryError) -> SharedArray<Element.SumElement> {
    try accumulated(nil, .multiply)
  }

  /// What an operation makes of each element and the result before it, along an axis or in row-major order.
  @inlinable
  func accumulated<Result: SharedArrayElement>(
    _ axis: Int?, _ operation: BinaryOperation
  ) throws(SharedMemoryError) -> SharedArray<Result> {
    if let axis { shape.requireAxis(axis) }
    let shape = axis == nil ? Shape(repeating: count, count: 1) : shape
    let result = try SharedArray<Result>(uninitialized: shape)
    // SAFETY: the result has as many elements, and its type holds each of them; it is contiguous.
    unsafe widen(into: result.storage.base, as: Result.elementType)
    if !isEmpty {
      unsafe accumulate(Result.elementType, result.storage.base, shape, axis ?? 0, operation)
    }
    return result
  }

  /// Writes the elements, as another type that holds them, to adjacent places.
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

/// Replaces each element of a contiguous array by what an operation makes of it and the one before it along an axis, in
/// the order of indices.
@usableFromInline
func accumulate(
  _ type: ElementType, _ base: UnsafeMutableRawPointer, _ shape: Shape, _ axis: Int,
  _ operation: BinaryOperation
) {
  let (extent, width) = (shape[axis], type.byteCount)
  let stride = shape[(axis + 1)...].reduce(1, *)
  // The bytes of truth values are compared as numbers; of the results, too, any but 0 is true.
  let type = type == .bool ? .uint8 : type
  for block in 0..<shape.product / (extent * stride) {
    // SAFETY: the blocks, lanes and rows make up the array.
    let start = unsafe base + block * extent * stride * width
    if stride < 4 {
      for lane in 0..<stride { unsafe operation.accumulate(type, extent, start + lane * width, stride) }
      continue
    }
    // Behind the axis lie rows, which are taken as a whole.
    for index in 1..<Swift.max(1, extent) {
      let row = unsafe start + index * stride * width
      _ = unsafe operation.run(type, stride, row, 1, row - stride * width, 1, row, 1)
    }
  }
}

extension BinaryOperation {
  /// Replaces each element by the result for it and the one before it.
  fileprivate func accumulate(
    _ type: ElementType, _ count: Int, _ start: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let kernel = KernelType.ofElement(type)
    // SAFETY: the caller's lane has `count` elements of the type.
    switch self {
    case .minimum, .maximum:
      unsafe kernels_accumulate_extreme(self == .maximum ? 1 : 0, kernel, count, start, stride)
    default:
      unsafe kernels_accumulate(self == .multiply ? 1 : 0, kernel, count, start, stride)
    }
  }
}
