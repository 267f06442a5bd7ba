internal import CSharedArraysKernels
public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// All elements in ascending order, as a new array of rank 1.
  ///
  /// The order is NumPy's: NaN comes last, -0.0 before 0.0, false before true. For descending order take the view
  /// `[.every(-1)]` of the result.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Complexity: O(n); beside the result it takes memory for two times n elements.
  @inlinable
  public func sorted() throws(SharedMemoryError) -> SharedArray<Element> { try flattened().sorted(axis: 0) }

  /// The elements in ascending order along an axis, as a new array of this shape: each row of a matrix by itself with
  /// `axis: 1`, each column with `axis: 0`.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func sorted(axis: Int) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    let result = try SharedArray<Element>(uninitialized: shape)
    try storage.sortLanes(along: axis, into: result.storage, ranks: false)
    return result
  }

  /// The positions, in row-major order, of all elements from the smallest to the largest, as a new array of rank 1:
  /// `x.take(x.argSort())` is `x.sorted()`.
  ///
  /// Equal elements stay in their order, NaN comes last.
  ///
  ///     let ranking = try samples.take(scores.argSort()[.every(-1)], axis: 0)   // rows, the best first
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Complexity: O(n); beside the result it takes 32 bytes of memory for each element.
  @inlinable
  public func argSort() throws(SharedMemoryError) -> SharedArray<Int> {
    try flattened().argSort(axis: 0)
  }

  /// The indices along an axis of the elements from the smallest to the largest, as a new array of this shape.
  ///
  /// Equal elements stay in their order, NaN comes last.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
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
  /// The elements under one axis in row-major order: a view of them where there is one, else a copy.
  @inlinable
  func flattened() throws(SharedMemoryError) -> ReadOnlySharedArray<Element> {
    let flat = Shape(repeating: count, count: 1)
    let isView = storage.strides(reshapedTo: flat) != nil
    return ReadOnlySharedArray(storage: isView ? storage : try copy().storage).reshaped(flat)
  }
}

extension SharedArray where Element: OrderedElement {
  /// Puts the elements in ascending order along an axis, in place; NaN comes last.
  ///
  /// - Throws: as ``init(shape:)``, if there is no memory for two times as many elements as the axis has; nothing has
  ///   changed then.
  /// - Precondition: the axis exists.
  /// - Complexity: O(n).
  @inlinable
  public func sort(axis: Int) throws(SharedMemoryError) {
    shape.requireAxis(axis)
    try storage.sortLanes(along: axis, into: storage, ranks: false)
  }
}

extension ArrayStorage {
  /// Sorts the elements along an axis into a storage of the same shape, which may be this one, or writes their indices
  /// there.
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
        // SAFETY: the lanes from these elements on lie within the arrays.
        unsafe sorting.run(
          starts.start + lane * starts.stride, stride, into: targets.start + lane * targets.stride,
          resultStride)
      }
    }
  }
}

/// Sorts lanes of one length, with memory for it.
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
    // SAFETY: the caller's lanes have `count` elements and places, for twice as many there is room; Int has 64 bits.
    if ranks {
      unsafe kernels_rank(
        kernel, start, stride, count, target.assumingMemoryBound(to: Int64.self), targetStride,
        room.assumingMemoryBound(to: kernels_ranked.self))
    } else {
      unsafe kernels_sort(kernel, start, stride, count, target, targetStride, room)
    }
  }
}
