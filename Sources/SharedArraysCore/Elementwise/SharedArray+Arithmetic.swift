public import SharedArraysMemory

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

  /// Replaces each element by what `function` makes of it and the element of another array, broadcast to this
  /// shape. The two may overlap: the result is as if `other` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `other` broadcasts to this one.
  @inlinable
  public func update(
    _ function: BinaryFunction<Element>, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) {
    try storage.compute(function.operation, with: other.storage)
  }

  /// Replaces each element by what `function` makes of it and a number.
  @inlinable
  public func update(_ function: BinaryFunction<Element>, _ number: Element) {
    ArrayStorage.repeating(number, shape) { number in
      storage.compute(function.operation, storage, number)
    }
  }
}

extension SharedArray where Element: ArithmeticElement & FixedWidthInteger {
  /// Replaces each element by the remainder of its division by the element of another array, broadcast to this
  /// shape. The two may overlap: the result is as if `b` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func %= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.remainder, with: b.storage)
  }

  /// Replaces each element by the remainder of its division by a number.
  @inlinable
  public static func %= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.remainder, a.storage, b) }
  }
}
