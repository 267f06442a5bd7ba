public import SharedArraysMemory

// The operators are those of Swift's SIMD vectors. Each makes a mask: an array of truth values, one for each index.
// Shapes are broadcast, and both sides have the same element type, as for arithmetic. NaN equals nothing, and is
// neither less nor greater.

extension StridedArray {
  /// Where the elements of two arrays are equal; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .== (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.equal, b)
  }

  /// Where the elements equal a number.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .== (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.equal, b)
  }

  /// Where the elements of two arrays differ; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .!= (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.unequal, b)
  }

  /// Where the elements differ from a number.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .!= (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.unequal, b)
  }
}

extension StridedArray where Element: ArithmeticElement & OrderedElement {
  /// Where the elements of one array are less than those of another; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .< (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.less, b)
  }

  /// Where the elements are less than a number.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .< (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.less, b)
  }

  /// Where a number is less than the elements.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .< (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(a, .less)
  }

  /// Where the elements of one array are at most those of another; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .<= (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try a.related(.lessOrEqual, b)
  }

  /// Where the elements are at most a number.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .<= (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.lessOrEqual, b)
  }

  /// Where a number is at most the element.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .<= (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(a, .lessOrEqual)
  }

  /// Where the elements of one array are greater than those of another; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .> (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try b.related(.less, a)
  }

  /// Where the elements are greater than a number.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .> (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(b, .less)
  }

  /// Where a number is greater than the elements.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .> (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(.less, a)
  }

  /// Where the elements of one array are at least those of another; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .>= (a: Self, b: some StridedArray<Element>) throws(SharedMemoryError) -> SharedArray<
    Bool
  > {
    try b.related(.lessOrEqual, a)
  }

  /// Where the elements are at least a number.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .>= (a: Self, b: Element) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(b, .lessOrEqual)
  }

  /// Where a number is at least the element.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static func .>= (a: Element, b: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try b.related(.lessOrEqual, a)
  }
}
