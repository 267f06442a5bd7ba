public import SharedArraysMemory

// Both operands have the same element type, as with Swift's numbers: nothing is promoted, and arrays of another
// type are converted explicitly. Shapes are broadcast: counted from the last axis, extents are equal, or one of
// them is 1 or missing. Integers wrap on overflow, as NumPy's do, so that no trap depends on the data; their
// quotients are cut off towards zero, those by zero are 0.

extension StridedArray where Element: ArithmeticElement {
  /// The sums of the elements of two arrays, as a new array; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func + (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.add, b)
  }

  /// The sums of the elements and a number, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func + (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.add, a, $0) } }
  }

  /// The sums of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func + (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.add, $0, b) } }
  }

  /// The differences of the elements of two arrays, as a new array; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func - (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.subtract, b)
  }

  /// The differences of the elements and a number, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func - (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.subtract, a, $0) } }
  }

  /// The differences of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func - (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.subtract, $0, b) } }
  }

  /// The products of the elements of two arrays, as a new array; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func * (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.multiply, b)
  }

  /// The products of the elements and a number, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func * (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.multiply, a, $0) } }
  }

  /// The products of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func * (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.multiply, $0, b) } }
  }

  /// The quotients of the elements of two arrays, as a new array; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func / (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.divide, b)
  }

  /// The quotients of the elements and a number, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func / (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.divide, a, $0) } }
  }

  /// The quotients of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func / (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    try b.computed { result, b in ArrayStorage.repeating(a, b.shape) { result.compute(.divide, $0, b) } }
  }

  /// The elements with the opposite sign, as a new array. Unsigned integers and the smallest signed one wrap.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static prefix func - (a: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    // A zero that is subtracted from must be negative, or the opposite of 0 would not be.
    try a.computed { result, a in
      ArrayStorage.repeating(Element.negativeZero, a.shape) { result.compute(.subtract, $0, a) }
    }
  }

  /// What `function` makes of the elements of two arrays, as a new array; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public func map(
    _ function: BinaryFunction<Element>, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try computed(function.operation, other)
  }

  /// What `function` makes of each element and a number, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public func map(
    _ function: BinaryFunction<Element>, _ number: Element
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try computed { result, a in
      ArrayStorage.repeating(number, a.shape) { result.compute(function.operation, a, $0) }
    }
  }

  /// A new array of this shape, which `fill` makes from this one.
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
  /// The remainders of the elements of two arrays, as a new array; the shapes are broadcast. A remainder has the
  /// sign of the dividend, as Swift's; that of a division by 0 is 0.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func % (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Element
  > {
    try a.computed(.remainder, b)
  }

  /// The remainders of the elements and a number, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func % (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Element> {
    try a.computed { result, a in ArrayStorage.repeating(b, a.shape) { result.compute(.remainder, a, $0) } }
  }
}
