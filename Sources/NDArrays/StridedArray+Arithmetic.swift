public import SharedMemory

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
    let result = try SharedArray<Element>(uninitialized: a.shape)
    ArrayStorage.repeating(b, a.shape) { b in result.storage.compute(.add, a.storage, b) }
    return result
  }

  /// The sums of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func + (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: b.shape)
    ArrayStorage.repeating(a, b.shape) { a in result.storage.compute(.add, a, b.storage) }
    return result
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
    let result = try SharedArray<Element>(uninitialized: a.shape)
    ArrayStorage.repeating(b, a.shape) { b in result.storage.compute(.subtract, a.storage, b) }
    return result
  }

  /// The differences of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func - (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: b.shape)
    ArrayStorage.repeating(a, b.shape) { a in result.storage.compute(.subtract, a, b.storage) }
    return result
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
    let result = try SharedArray<Element>(uninitialized: a.shape)
    ArrayStorage.repeating(b, a.shape) { b in result.storage.compute(.multiply, a.storage, b) }
    return result
  }

  /// The products of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func * (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: b.shape)
    ArrayStorage.repeating(a, b.shape) { a in result.storage.compute(.multiply, a, b.storage) }
    return result
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
    let result = try SharedArray<Element>(uninitialized: a.shape)
    ArrayStorage.repeating(b, a.shape) { b in result.storage.compute(.divide, a.storage, b) }
    return result
  }

  /// The quotients of a number and the elements, as a new array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func / (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: b.shape)
    ArrayStorage.repeating(a, b.shape) { a in result.storage.compute(.divide, a, b.storage) }
    return result
  }

  @inlinable
  func computed(
    _ operation: ElementwiseOperation, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    let shape = shape.commonShape(with: other.shape)
    let result = try SharedArray<Element>(uninitialized: shape)
    result.storage.compute(operation, storage.broadcasted(to: shape), other.storage.broadcasted(to: shape))
    return result
  }
}
