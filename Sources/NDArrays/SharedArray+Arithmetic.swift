public import SharedMemory

// The left side is a value and not `inout`: it only says where the elements are, so views can stand there,
// `x[.all, 1] *= 2`. As for the other operators, the element types are the same, and integers wrap.

extension SharedArray where Element: ArithmeticElement {
  /// Adds the elements of another array, broadcast to this shape, in place. The two may overlap: the
  /// result is as if `b` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func += (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.add, with: b.storage)
  }

  /// Adds a number to every element.
  @inlinable
  public static func += (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.add, a.storage, b) }
  }

  /// Subtracts the elements of another array, broadcast to this shape, in place. The two may overlap: the
  /// result is as if `b` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func -= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.subtract, with: b.storage)
  }

  /// Subtracts a number from every element.
  @inlinable
  public static func -= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.subtract, a.storage, b) }
  }

  /// Multiplies by the elements of another array, broadcast to this shape, in place. The two may overlap: the
  /// result is as if `b` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func *= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.multiply, with: b.storage)
  }

  /// Multiplies every element by a number.
  @inlinable
  public static func *= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.multiply, a.storage, b) }
  }

  /// Divides by the elements of another array, broadcast to this shape, in place. The two may overlap: the
  /// result is as if `b` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func /= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.divide, with: b.storage)
  }

  /// Divides every element by a number.
  @inlinable
  public static func /= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.divide, a.storage, b) }
  }
}
