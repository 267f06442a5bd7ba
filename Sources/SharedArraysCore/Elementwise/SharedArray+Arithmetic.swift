public import SharedArraysMemory

// The left side is a value and not `inout`, because it only refers to the elements. A view can
// therefore be the left side: `x[.all, 1] *= 2`. The rules of the other operators apply: the
// element types are the same, and integers wrap.

extension SharedArray where Element: ArithmeticElement {
  /// Adds the elements of another array, broadcast to this shape, in place. The arrays may overlap:
  /// the result is as if `b` had been copied first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func += (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.add, with: b.storage)
  }

  /// Adds a number to every element.
  @inlinable
  public static func += (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.add, a.storage, b) }
  }

  /// Subtracts the elements of another array, broadcast to this shape, in place. The arrays may
  /// overlap: the result is as if `b` had been copied first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func -= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.subtract, with: b.storage)
  }

  /// Subtracts a number from every element.
  @inlinable
  public static func -= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.subtract, a.storage, b) }
  }

  /// Multiplies by the elements of another array, broadcast to this shape, in place. The arrays may
  /// overlap: the result is as if `b` had been copied first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func *= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.multiply, with: b.storage)
  }

  /// Multiplies every element by a number.
  @inlinable
  public static func *= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.multiply, a.storage, b) }
  }

  /// Divides by the elements of another array, broadcast to this shape, in place. The arrays may
  /// overlap: the result is as if `b` had been copied first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `b` broadcasts to that of `a`.
  @inlinable
  public static func /= (a: SharedArray, b: some StridedArray<Element>) throws(SharedMemoryError) {
    try a.storage.compute(.divide, with: b.storage)
  }

  /// Divides every element by a number.
  @inlinable
  public static func /= (a: SharedArray, b: Element) {
    ArrayStorage.repeating(b, a.shape) { b in a.storage.compute(.divide, a.storage, b) }
  }

  /// Replaces each element by the result of `function` for it and the element of another array,
  /// which is broadcast to this shape. The arrays may overlap: the result is as if `other` had been
  /// copied first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `other` broadcasts to this one.
  @inlinable
  public func update(
    _ function: BinaryFunction<Element>, _ other: some StridedArray<Element>
  ) throws(SharedMemoryError) {
    try storage.compute(function.operation, with: other.storage)
  }

  /// Replaces each element by the result of `function` for it and a number.
  @inlinable
  public func update(_ function: BinaryFunction<Element>, _ number: Element) {
    ArrayStorage.repeating(number, shape) { number in
      storage.compute(function.operation, storage, number)
    }
  }
}

extension SharedArray where Element: ArithmeticElement & FixedWidthInteger {
  /// Replaces each element by the remainder of its division by the element of another array, which
  /// is broadcast to this shape. The arrays may overlap: the result is as if `b` had been copied
  /// first.
  ///
  /// - Throws: The errors of ``init(shape:)``, but only if an overlap requires a copy.
  /// - Precondition: The shape of `b` broadcasts to that of `a`.
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
