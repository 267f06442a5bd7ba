public import SharedArraysMemory

// The operators are those of Swift's SIMD vectors. Each returns a mask: an array of Booleans, one
// for each index. Shapes are broadcast, and both sides have the same element type, as for
// arithmetic. NaN equals nothing, and is neither less nor greater than anything.

extension StridedArray {
  /// Returns a mask that is true where the elements of two arrays are equal; the shapes are
  /// broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .== (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.equal, b)
  }

  /// Returns a mask that is true where elements equal a number.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .== (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.equal, b)
  }

  /// Returns a mask that is true where the elements of two arrays differ; the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .!= (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.unequal, b)
  }

  /// Returns a mask that is true where elements differ from a number.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .!= (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.unequal, b)
  }
}

extension StridedArray where Element: ArithmeticElement & OrderedElement {
  /// Returns a mask that is true where the elements of one array are less than those of another;
  /// the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .< (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.less, b)
  }

  /// Returns a mask that is true where elements are less than a number.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .< (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.less, b)
  }

  /// Returns a mask that is true where a number is less than the element.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .< (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(a, .less)
  }

  /// Returns a mask that is true where the elements of one array are less than or equal to those of
  /// another; the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes can be broadcast to a common shape.
  @inlinable
  public static func .<= (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.lessOrEqual, b)
  }

  /// Returns a mask that is true where elements are at most a number.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .<= (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.lessOrEqual, b)
  }

  /// Returns a mask that is true where a number is at most the element.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .<= (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(a, .lessOrEqual)
  }

  /// Returns a mask that is true where the elements of one array are greater than those of another;
  /// the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .> (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try b.related(.less, a)
  }

  /// Returns a mask that is true where elements are greater than a number.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .> (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(b, .less)
  }

  /// Returns a mask that is true where a number is greater than the element.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .> (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(.less, a)
  }

  /// Returns a mask that is true where the elements of one array are at least those of another; the
  /// shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .>= (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try b.related(.lessOrEqual, a)
  }

  /// Returns a mask that is true where elements are at least a number.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .>= (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(b, .lessOrEqual)
  }

  /// Returns a mask that is true where a number is at least the element.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static func .>= (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(.lessOrEqual, a)
  }
}
