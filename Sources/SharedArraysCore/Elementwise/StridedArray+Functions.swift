public import ComplexModule
public import SharedArraysMemory

extension StridedArray where Element: ArithmeticElement {
  /// A new array of what `function` makes of each element.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func map(_ function: ElementFunction<Element>) throws(SharedMemoryError) -> SharedArray<Element> {
    try computed { result, operand in result.compute(function.operation, operand) }
  }
}

extension SharedArray where Element: ArithmeticElement {
  /// Replaces every element by what `function` makes of it.
  @inlinable
  public func update(_ function: ElementFunction<Element>) {
    storage.compute(function.operation, storage)
  }
}

extension ArrayStorage {
  @inlinable
  func compute(_ operation: UnaryOperation, _ operand: ArrayStorage) {
    forEachRun(with: operand) { result, x in
      // SAFETY: the runs have the same number of elements.
      unsafe operation.run(
        Element.elementType, result.count, result.start, result.stride, x.start, x.stride)
    }
  }
}

extension StridedArray {
  /// A view of the real parts of complex elements: the same memory, at twice the strides.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func realParts<Part: ComplexPart>() -> ReadOnlySharedArray<Part> where Element == Complex<Part> {
    ReadOnlySharedArray(storage: storage.parts(0))
  }

  /// A view of the imaginary parts of complex elements: the same memory, at twice the strides.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func imaginaryParts<Part: ComplexPart>() -> ReadOnlySharedArray<Part>
  where Element == Complex<Part> {
    ReadOnlySharedArray(storage: storage.parts(1))
  }

  /// The absolute values of complex elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func magnitudes<Part: ComplexPart & ArithmeticElement & BinaryFloatingPoint>()
    throws(SharedMemoryError) -> SharedArray<Part>
  where Element == Complex<Part> {
    try realParts().map(.hypot, imaginaryParts())
  }
}

extension SharedArray {
  /// A view of the real parts of complex elements, through which they can be written.
  ///
  /// - Complexity: O(rank), no allocation.
  @inlinable
  public func realParts<Part: ComplexPart>() -> SharedArray<Part> where Element == Complex<Part> {
    SharedArray<Part>(storage: storage.parts(0))
  }

  /// A view of the imaginary parts of complex elements, through which they can be written.
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
    // SAFETY: a complex number is two parts, the real one first.
    let base = unsafe UnsafeMutableRawPointer(base).assumingMemoryBound(to: Part.self) + part
    return unsafe ArrayStorage<Part>(owner: owner, base: base, shape: shape, strides: strides)
  }
}
