public import SharedArraysMemory

// Both operands have the same element type, as with Swift's numbers: nothing is promoted, and
// arrays of another type must be converted explicitly. Shapes are broadcast: counted from the last
// axis, extents must be equal, or one of them must be 1 or missing. Integers wrap on overflow, as
// in NumPy, so that no trap depends on the data. Integer quotients are truncated towards zero, and
// a division by zero gives 0.

extension StridedArray where Element: ArithmeticElement {
  /// Returns a new array of the sums of the elements of two arrays. Broadcasts the shapes.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
  @inlinable
  public static func + (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.add, b)
  }

  /// Returns a new array of the sums of the elements and a number.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func + (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.add, a, $0) } }
  }

  /// Returns a new array of the sums of a number and the elements.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func + (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.add, $0, b) } }
  }

  /// Returns a new array of the differences of the elements of two arrays. Broadcasts the shapes.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
  @inlinable
  public static func - (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.subtract, b)
  }

  /// Returns a new array of the differences of the elements and a number.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func - (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.subtract, a, $0) } }
  }

  /// Returns a new array of the differences of a number and the elements.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func - (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.subtract, $0, b) } }
  }

  /// Returns a new array of the products of the elements of two arrays. Broadcasts the shapes.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
  @inlinable
  public static func * (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.multiply, b)
  }

  /// Returns a new array of the products of the elements and a number.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func * (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.multiply, a, $0) } }
  }

  /// Returns a new array of the products of a number and the elements.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func * (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.multiply, $0, b) } }
  }

  /// Returns a new array of the quotients of the elements of two arrays. Broadcasts the shapes.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
  @inlinable
  public static func / (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.divide, b)
  }

  /// Returns a new array of the quotients of the elements and a number.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func / (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.divide, a, $0) } }
  }

  /// Returns a new array of the quotients of a number and the elements.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func / (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.divide, $0, b) } }
  }

  /// Returns a new array of the negated elements. Unsigned integers and the smallest signed integer
  /// wrap.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static prefix func - (a: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    // The minuend must be -0.0: 0.0 - 0.0 is 0.0, but the negation of 0.0 is -0.0.
    try a.computed { result, a in
      ArrayStorage.repeating(Element.negativeZero, a.shape) { result.compute(.subtract, $0, a) }
    }
  }

  /// Returns a new array of the results of `function` for the elements of two arrays. Broadcasts
  /// the shapes.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
  @inlinable
  public func map(
    _ function: BinaryFunction<Element>, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try computed(function.operation, other)
  }

  /// Returns a new array of the results of `function` for each element and a number.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func map(
    _ function: BinaryFunction<Element>, _ number: Element
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try computed { result, a in
      ArrayStorage.repeating(number, a.shape) { result.compute(function.operation, a, $0) }
    }
  }

  /// Returns a new array of this shape, which `fill` computes from this array.
  @inlinable
  func computed(
    _ fill: (_ result: ArrayStorage<Element>, _ operand: ArrayStorage<Element>) -> Void
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: shape)
    fill(result.storage, storage)
    return result
  }

  @inlinable
  func computed(
    _ operation: BinaryOperation, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    let shape = shape.commonShape(with: other.shape)
    let result = try SharedArray<Element>(uninitialized: shape)
    result.storage.compute(operation, storage.broadcasted(to: shape), other.storage.broadcasted(to: shape))
    return result
  }
}

extension StridedArray where Element: ArithmeticElement & FixedWidthInteger {
  /// Returns a new array of the remainders of the elements of two arrays. Broadcasts the shapes. A
  /// remainder has the sign of the dividend, as in Swift. The remainder of a division by 0 is 0.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The shapes can be broadcast.
  @inlinable
  public static func % (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.remainder, b)
  }

  /// Returns a new array of the remainders of the elements and a number.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func % (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.remainder, a, $0) } }
  }
}
