internal import CSharedArraysKernels

extension StridedArray where Element: ArithmeticElement {
  /// Returns the sum of the products of the elements of two arrays of rank 1. Complex numbers are
  /// not conjugated.
  ///
  /// The function works for every element type and gives the same bits on every machine;
  /// `LinearAlgebra`'s `dot(_:_:)` calls BLAS instead. Floating-point products are rounded (those
  /// of `Float16` to `Float`) and summed pairwise, as in ``sum(ignoringNaN:)``. Sums of integers
  /// wrap on overflow.
  ///
  /// - Precondition: Both arrays have rank 1 and the same number of elements.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func dot(_ other: some StridedArray<Element>) -> Element {
    if rank != 1 || other.rank != 1 || count != other.count {
      trap(
        "dot(_:) needs two arrays of rank 1 and equal length, not of shapes \(shape) and \(other.shape).")
    }
    var (a, b) = (storage, other.storage)
    // Elements are multiplied in the order of memory, so that reversed views have the same product.
    if a.strides[0] < 0 || a.strides[0] == 0 && b.strides[0] < 0 {
      a = flipped(axis: 0).storage
      b = other.flipped(axis: 0).storage
    }
    return unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { result in
      // SAFETY: Both arrays have `count` elements at these strides, and the result has room for one
      // element.
      unsafe storeProducts(
        Element.elementType, count, a.base, a.strides[0], b.base, b.strides[0], in: result.baseAddress!)
      return unsafe result[0]
    }
  }
}

/// Stores the sum of the products of elements as an element.
@usableFromInline
func storeProducts(
  _ type: ElementType, _ count: Int, _ a: UnsafeRawPointer, _ aStride: Int, _ b: UnsafeRawPointer,
  _ bStride: Int, in result: UnsafeMutableRawPointer
) {
  let kernel = KernelType.ofElement(type)
  let results = unsafe LaneResults(base: result, type: type)
  if type.isComplex || type.isFloatingPoint {
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { totals in
      unsafe kernels_products(totals.baseAddress!, kernel, count, a, aStride, b, bStride)
      unsafe results.store(totals.baseAddress!, count: type.isComplex ? 2 : 1, at: 0, stride: 1)
    }
    return
  }
  let total = unsafe kernels_integer_products(kernel, count, a, aStride, b, bStride)
  switch type.byteCount {
  case 1: unsafe result.storeBytes(of: Int8(truncatingIfNeeded: total), as: Int8.self)
  case 2: unsafe result.storeBytes(of: Int16(truncatingIfNeeded: total), as: Int16.self)
  case 4: unsafe result.storeBytes(of: Int32(truncatingIfNeeded: total), as: Int32.self)
  default: unsafe result.storeBytes(of: total, as: Int64.self)
  }
}
