internal import CSharedArraysKernels
public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// Returns a new array of rank 1 with all elements in ascending order.
  ///
  /// The order is that of NumPy: NaN comes last, -0.0 before 0.0, false before true. For descending
  /// order, take the view `[.stride(by: -1)]` of the result.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Complexity: O(n). Besides the result, it takes memory for two times n elements.
  @inlinable
  public func sorted() throws(SharedMemoryError) -> SharedArray<Element> { try flattened().sorted(axis: 0) }

  /// Returns a new array of this shape with the elements in ascending order along an axis: with
  /// `axis: 1` each row of a matrix is sorted, with `axis: 0` each column.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func sorted(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    let result = try SharedArray<Element>(uninitialized: shape)
    try storage.sortLanes(along: axis, into: result.storage, ranks: false)
    return result
  }

  /// Returns a new array of rank 1 with the row-major positions of all elements, from the smallest
  /// element to the largest: `x.take(x.argSort())` equals `x.sorted()`.
  ///
  /// Equal elements keep their order, and NaN comes last.
  ///
  ///     let ranking = try samples.take(scores.argSort()[.stride(by: -1)], axis: 0)   // rows, the best first
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Complexity: O(n). Besides the result, it takes 32 bytes of memory for each element.
  @inlinable
  public func argSort() throws(SharedMemoryError) -> SharedArray<Int> {
    try flattened().argSort(axis: 0)
  }

  /// Returns a new array of this shape with the indices of the elements along an axis, from the
  /// smallest element to the largest.
  ///
  /// Equal elements keep their order, and NaN comes last.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func argSort(axis: Int) throws(SharedMemoryError) -> SharedArray<Int> {
    shape.requireAxis(axis)
    let result = try SharedArray<Int>(uninitialized: shape)
    try storage.sortLanes(along: axis, into: result.storage, ranks: true)
    return result
  }
}

extension StridedArray {
  /// Returns the elements in row-major order as an array of rank 1: a view if the strides allow
  /// one, and a copy otherwise.
  @inlinable
  func flattened() throws(SharedMemoryError) -> ReadOnlySharedArray<Element> {
    let flat = Shape(repeating: count, count: 1)
    let isView = storage.strides(reshapedTo: flat) != nil
    return ReadOnlySharedArray(storage: isView ? storage : try copy().storage).reshaped(flat)
  }
}

extension SharedArray where Element: OrderedElement {
  /// Sorts the elements in ascending order along an axis, in place. NaN comes last.
  ///
  /// - Throws: The errors of ``init(shape:)``, if memory for two times the number of elements along
  ///   the axis cannot be allocated. The array has not changed then.
  /// - Precondition: The axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func sort(axis: Int) throws(SharedMemoryError) {
    shape.requireAxis(axis)
    try storage.sortLanes(along: axis, into: storage, ranks: false)
  }
}

extension ArrayStorage {
  /// Sorts the elements along an axis and stores them in a storage of the same shape, which may be
  /// this one. If `ranks` is true, stores their indices instead.
  @inlinable
  func sortLanes<Result>(
    along axis: Int, into result: ArrayStorage<Result>, ranks: Bool
  ) throws(SharedMemoryError) {
    if elementCount == 0 { return }
    let sorting = try LaneSorting(Element.elementType, shape.values[axis], ranks: ranks)
    var lanes = shape
    lanes.values[axis] = 1
    let (stride, resultStride) = (strides.values[axis], result.strides.values[axis])
    let (starts, targets) = (
      view(offset: 0, shape: lanes, strides: strides),
      result.view(offset: 0, shape: lanes, strides: result.strides)
    )
    targets.forEachRun(with: starts) { targets, starts in
      for lane in 0..<starts.count {
        // SAFETY: The lanes that start at these elements lie within the arrays.
        unsafe sorting.run(
          starts.start + lane * starts.stride, stride, into: targets.start + lane * targets.stride,
          resultStride)
      }
    }
  }
}

/// Sorts lanes of one length, with preallocated working memory.
@usableFromInline
@safe struct LaneSorting {
  private let kernel: CInt
  private let count: Int
  /// Whether the results are indices.
  private let ranks: Bool
  private let spare: SharedArray<UInt64>

  @usableFromInline
  init(_ type: ElementType, _ count: Int, ranks: Bool) throws(SharedMemoryError) {
    kernel = KernelType.ofElement(type)
    self.count = count
    self.ranks = ranks
    let width = ranks ? MemoryLayout<kernels_ranked>.stride : type.byteCount
    spare = try SharedArray(uninitialized: [(2 * count * width + 7) / 8])
  }

  @usableFromInline
  func run(
    _ start: UnsafeRawPointer, _ stride: Int, into target: UnsafeMutableRawPointer, _ targetStride: Int
  ) {
    let room = unsafe UnsafeMutableRawPointer(spare.storage.base)
    // SAFETY: The caller's lanes have `count` elements, its targets have room for `count` results,
    // and `spare` has room for twice that number. An Int has 64 bits.
    if ranks {
      unsafe kernels_rank(
        kernel, start, stride, count, target.assumingMemoryBound(to: Int64.self), targetStride,
        room.assumingMemoryBound(to: kernels_ranked.self))
    } else {
      unsafe kernels_sort(kernel, start, stride, count, target, targetStride, room)
    }
  }
}
