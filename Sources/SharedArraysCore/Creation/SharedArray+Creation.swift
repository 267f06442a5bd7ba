public import SharedArraysMemory

extension SharedArray {
  /// Creates an unnamed array whose elements are all `element`.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: no extent is negative.
  /// - Complexity: O(n).
  @inlinable
  public init(repeating element: Element, shape: Shape) throws(SharedMemoryError) {
    try self.init(uninitialized: shape)
    fill(element)
  }

  /// Creates an unnamed array whose elements a closure computes from their indices.
  ///
  ///     let table = try SharedArray(shape: [10, 10]) { index in (index[0] + 1) * (index[1] + 1) }
  ///
  /// - Parameters:
  ///   - shape: The extent along each axis; `[]` creates an array of one element.
  ///   - element: A closure that receives one index for each axis and returns the element. It is
  ///     called once for each element, in row-major order.
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: no extent is negative.
  /// - Complexity: O(n) calls; nothing is allocated for them.
  @inlinable
  public init(shape: Shape, _ element: (_ index: AxisValues) -> Element) throws(SharedMemoryError) {
    try self.init(uninitialized: shape)
    storage.storeInOrder(element)
  }

  /// Creates an unnamed array whose elements a throwing closure computes from their indices.
  ///
  /// - Parameters:
  ///   - shape: The extent along each axis; `[]` creates an array of one element.
  ///   - element: A closure that receives one index for each axis and returns the element. It is
  ///     called for one element after the other, in row-major order, until it throws.
  /// - Throws: the error of `element`, or the errors of ``init(shape:)``.
  /// - Precondition: no extent is negative.
  /// - Complexity: O(n) calls; nothing is allocated for them.
  @inlinable
  public init<Failure: Error>(
    shape: Shape, _ element: (_ index: AxisValues) throws(Failure) -> Element
  ) throws {
    try self.init(uninitialized: shape)
    try storage.storeInOrder(element)
  }

  /// Creates an unnamed matrix with ones on a diagonal and zeros elsewhere.
  ///
  /// - Parameters:
  ///   - rows: The extent of axis 0.
  ///   - columns: The extent of axis 1; by default that of axis 0.
  ///   - diagonal: The column of the one in row 0; negative for a diagonal that starts in a lower
  ///     row. If the diagonal lies outside the matrix, all elements are zeros.
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: no extent is negative.
  /// - Complexity: O(rows * columns).
  @inlinable
  public static func eye(
    _ rows: Int, columns: Int? = nil, diagonal: Int = 0
  ) throws(SharedMemoryError) -> SharedArray where Element: ArithmeticElement {
    let matrix = try SharedArray(shape: [rows, columns ?? rows])
    matrix.diagonal(offset: diagonal).fill(1)
    return matrix
  }
}

extension ArrayStorage {
  /// Stores the result of `element` for each index, in row-major order.
  ///
  /// - Precondition: the storage is contiguous.
  @inlinable
  func storeInOrder<Failure: Error>(
    _ element: (AxisValues) throws(Failure) -> Element
  ) throws(Failure) {
    var index = Shape(repeating: 0, count: shape.rank)
    // SAFETY: the storage is contiguous, so `elementCount` elements follow the first one. Without
    // axes the storage has one element.
    if shape.rank == 0 {
      unsafe base[0] = try element(index)
      return
    }
    let last = shape.rank - 1
    let count = elementCount
    let rowCount = shape.values[last]
    var position = 0
    while position < count {
      for i in 0..<rowCount {
        index.values[last] = i
        unsafe base[position + i] = try element(index)
      }
      position += rowCount
      index.advance(axis: last - 1, within: shape)
    }
  }
}

extension AxisValues {
  /// Advances to the next index in row-major order, ignoring the axes after `axis`. The last index
  /// is followed by the first.
  ///
  /// - Precondition: this is an index within `shape`.
  @inlinable
  mutating func advance(axis: Int, within shape: Shape) {
    var axis = axis
    while axis >= 0 {
      values[axis] &+= 1
      if values[axis] < shape.values[axis] { return }
      values[axis] = 0
      axis -= 1
    }
  }
}
