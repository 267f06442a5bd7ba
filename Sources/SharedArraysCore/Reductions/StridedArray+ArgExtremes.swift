internal import CSharedArraysKernels
public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// Returns the position of the smallest element in row-major order, or of the first NaN if the
  /// array has one. If several elements are smallest, the first one counts.
  ///
  /// - Parameter ignoringNaN: Whether NaN elements are ignored. If so and all elements are NaN, the
  ///   position is 0.
  /// - Precondition: The array is not empty.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func argMin(ignoringNaN: Bool = false) -> Int { position(largest: false, ignoringNaN) }

  /// Returns the position of the largest element in row-major order, or of the first NaN if the
  /// array has one. If several elements are largest, the first one counts.
  ///
  /// - Parameter ignoringNaN: Whether NaN elements are ignored. If so and all elements are NaN, the
  ///   position is 0.
  /// - Precondition: The array is not empty.
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func argMax(ignoringNaN: Bool = false) -> Int { position(largest: true, ignoringNaN) }

  /// Returns the indices of the smallest elements along one axis. The result lacks the axis, or has
  /// it with extent 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func argMin(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Int> {
    try positions(axis, keepDims, largest: false, ignoringNaN)
  }

  /// Returns the indices of the largest elements along one axis. The result lacks the axis, or has
  /// it with extent 1 if `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func argMax(
    axis: Int, keepDims: Bool = false, ignoringNaN: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Int> {
    try positions(axis, keepDims, largest: true, ignoringNaN)
  }

  @inlinable
  func position(largest: Bool, _ ignoringNaN: Bool) -> Int {
    if isEmpty { trap("An empty array has no minimum or maximum.") }
    var search = ExtremeSearch(Element.elementType, largest: largest, ignoringNaN: ignoringNaN)
    // SAFETY: The elements of the run have this type.
    storage.forEachRun { run in unsafe search.add(run.start, run.stride, run.count) }
    return search.place
  }

  @inlinable
  func positions(
    _ axis: Int, _ keepDims: Bool, largest: Bool, _ ignoringNaN: Bool
  ) throws(SharedMemoryError) -> SharedArray<Int> {
    let shape = ReducedAxes([axis], rank: rank).remainder(of: shape, keepDims: keepDims)
    let result = try SharedArray<Int>(uninitialized: shape)
    if result.isEmpty { return result }
    let (extent, stride) = (self.shape[axis], strides[axis])
    if extent == 0 { trap("An empty array has no minimum or maximum.") }
    var lanes = self.shape
    lanes[axis] = 1
    var place = unsafe result.storage.base
    storage.view(offset: 0, shape: lanes, strides: strides).forEachRun { run in
      for lane in 0..<run.count {
        var search = ExtremeSearch(Element.elementType, largest: largest, ignoringNaN: ignoringNaN)
        // SAFETY: The lane that starts at this element lies within the array, and the result has an
        // element for each lane.
        unsafe search.add(run.start + lane * run.stride, stride, extent)
        unsafe place.pointee = search.place
        unsafe place += 1
      }
    }
    return result
  }
}

/// Searches run after run for the first smallest or largest element.
@usableFromInline
struct ExtremeSearch {
  private var state = kernels_search()
  private let kernel: CInt
  private let largest: CInt
  private let ignoringNaN: CInt

  @usableFromInline
  init(_ type: ElementType, largest: Bool, ignoringNaN: Bool) {
    kernel = KernelType.ofElement(type)
    self.largest = largest ? 1 : 0
    self.ignoringNaN = ignoringNaN ? 1 : 0
  }

  /// The position of the element found so far, counted over all runs.
  @usableFromInline var place: Int { Int(state.place) }

  @usableFromInline
  mutating func add(_ start: UnsafeRawPointer, _ stride: Int, _ count: Int) {
    // SAFETY: The caller's run has `count` elements of the type.
    unsafe kernels_search(&state, kernel, largest, ignoringNaN, start, stride, count)
  }
}
