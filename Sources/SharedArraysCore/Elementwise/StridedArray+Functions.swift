public import ComplexModule
public import SharedArraysMemory

extension StridedArray where Element: ArithmeticElement {
  /// Returns a new array of the results of `function` for each element.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func map(_ function: UnaryFunction<Element>) throws(SharedMemoryError) -> SharedArray<Element> {
    try computed { result, operand in result.compute(function.operation, operand) }
  }
}

extension SharedArray where Element: ArithmeticElement {
  /// Replaces every element by the result of `function` for it.
  @inlinable
  public func update(_ function: UnaryFunction<Element>) {
    storage.compute(function.operation, storage)
  }
}

extension ArrayStorage {
  @inlinable
  func compute(_ operation: UnaryOperation, _ operand: ArrayStorage) {
    forEachRun(with: operand) { result, x in
      // SAFETY: The runs have the same number of elements.
      unsafe operation.run(
        Element.elementType, result.count, result.start, result.stride, x.start, x.stride)
    }
  }
}

extension StridedArray {
  /// Returns a view of the real parts of complex elements: the same memory, with doubled strides.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func realParts<Part: ComplexPart>() -> ReadOnlySharedArray<Part> where Element == Complex<Part> {
    ReadOnlySharedArray(storage: storage.parts(0))
  }

  /// Returns a view of the imaginary parts of complex elements: the same memory, with doubled
  /// strides.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func imaginaryParts<Part: ComplexPart>() -> ReadOnlySharedArray<Part>
  where Element == Complex<Part> {
    ReadOnlySharedArray(storage: storage.parts(1))
  }

  /// Returns a new array of the absolute values of complex elements.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func magnitudes<Part: ComplexPart & ArithmeticElement & BinaryFloatingPoint>()
    throws(SharedMemoryError) -> SharedArray<Part>
  where Element == Complex<Part> {
    try realParts().map(.hypot, imaginaryParts())
  }
}

extension SharedArray {
  /// Returns a writable view of the real parts of complex elements.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func realParts<Part: ComplexPart>() -> SharedArray<Part> where Element == Complex<Part> {
    SharedArray<Part>(storage: storage.parts(0))
  }

  /// Returns a writable view of the imaginary parts of complex elements.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func imaginaryParts<Part: ComplexPart>() -> SharedArray<Part> where Element == Complex<Part> {
    SharedArray<Part>(storage: storage.parts(1))
  }
}

extension ArrayStorage {
  @inlinable
  func parts<Part: ComplexPart>(_ part: Int) -> ArrayStorage<Part> where Element == Complex<Part> {
    var strides = strides
    for axis in 0..<strides.count { strides[axis] *= 2 }
    // SAFETY: A complex number consists of two parts, the real part first.
    let base = unsafe UnsafeMutableRawPointer(base).assumingMemoryBound(to: Part.self) + part
    return unsafe ArrayStorage<Part>(owner: owner, base: base, shape: shape, strides: strides)
  }
}
