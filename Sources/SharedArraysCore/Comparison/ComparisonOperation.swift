internal import CSharedArraysKernels
public import SharedArraysMemory

/// A comparison or logical operation on two elements.
@frozen
@usableFromInline
enum ComparisonOperation {
  case equal, unequal, less, lessOrEqual
  case and, or

  /// Runs the compiled loop, which writes bytes of 0 or 1.
  @usableFromInline
  func run(
    _ type: ElementType, _ count: Int, _ result: UnsafeMutableRawPointer, _ resultStride: Int,
    _ a: UnsafeRawPointer, _ aStride: Int, _ b: UnsafeRawPointer, _ bStride: Int
  ) {
    let code =
      switch self {
      case .equal: KERNELS_EQUAL
      case .unequal: KERNELS_UNEQUAL
      case .less: KERNELS_LESS
      case .lessOrEqual: KERNELS_LESS_OR_EQUAL
      case .and: KERNELS_AND
      case .or: KERNELS_OR
      }
    // SAFETY: the caller guarantees that the runs have `count` elements of the type and that the
    // results do not overlap them.
    let isDone = unsafe kernels_relate(
      CInt(code), KernelType.ofElement(type), count, result, resultStride, a, aStride, b, bStride)
    if !isDone { trap("Elements of type \(type) do not support the operation \(self).") }
  }
}

extension ArrayStorage where Element == Bool {
  /// Sets every element to the result of the relation for the elements of two other storages at the
  /// same index.
  ///
  /// - Precondition: all have the same shape; the operands share no elements with this storage.
  @inlinable
  func relate<Operand>(
    _ relation: ComparisonOperation, _ a: ArrayStorage<Operand>, _ b: ArrayStorage<Operand>
  ) {
    forEachRun(with: a, b) { result, a, b in
      // SAFETY: the runs have the same number of elements.
      unsafe relation.run(
        Operand.elementType, result.count, result.start, result.stride, a.start, a.stride, b.start, b.stride)
    }
  }
}

extension StridedArray {
  @inlinable
  func related(
    _ relation: ComparisonOperation, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) -> SharedArray<Bool> {
    let shape = shape.commonShape(with: other.shape)
    let result = try SharedArray<Bool>(uninitialized: shape)
    result.storage.relate(relation, storage.broadcasted(to: shape), other.storage.broadcasted(to: shape))
    return result
  }

  @inlinable
  func related(_ relation: ComparisonOperation, _ number: Element) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    let result = try SharedArray<Bool>(uninitialized: shape)
    ArrayStorage.repeating(number, shape) { result.storage.relate(relation, storage, $0) }
    return result
  }

  @inlinable
  func related(_ number: Element, _ relation: ComparisonOperation) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    let result = try SharedArray<Bool>(uninitialized: shape)
    ArrayStorage.repeating(number, shape) { result.storage.relate(relation, $0, storage) }
    return result
  }
}
