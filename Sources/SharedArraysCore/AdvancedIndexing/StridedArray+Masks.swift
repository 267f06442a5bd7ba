public import SharedArraysMemory

// A mask is an array of Booleans with the shape of an array, or of its leading axes. In the latter
// case each Boolean applies to all elements behind it, so that a mask of rank 1 selects rows.
// NumPy's `where(mask, a, b)` is `b.replacing(with: a, where: mask)`.

extension StridedArray {
  /// Returns the elements where a mask is true, in row-major order, as a new array of rank 1. A
  /// mask of the leading axes selects subarrays: the result has shape `[n]` followed by the axes
  /// after those of the mask.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the mask has the shape of the array or of its leading axes.
  /// - Complexity: O(n).
  @inlinable
  public func take(where mask: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Element> {
    let all = mask.storage.covering(shape)
    var chosen: Shape = [mask.storage.trueCount]
    for axis in mask.rank..<rank { chosen.append(shape[axis]) }
    let result = try SharedArray<Element>(uninitialized: chosen)
    let (total, width) = (result.count, MemoryLayout<Element>.stride)
    var done = 0
    storage.forEachRun(with: all) { run, mask in
      // SAFETY: the loop writes no more elements than the result has.
      done += unsafe compressElements(
        width, run.count, result.storage.base + done, room: total - done, ElementRun(mask), ElementRun(run))
    }
    if done < total {
      // Another process has cleared Booleans since they were counted. The rest must not expose what
      // an earlier array has left in this memory.
      // SAFETY: bytes of 0 are an element of every type, and the result has this number of elements
      // after those written.
      unsafe UnsafeMutableRawPointer(result.storage.base + done)
        .initializeMemory(as: UInt8.self, repeating: 0, count: (total - done) * width)
    }
    return result
  }

  /// Returns a new array with the elements of another array where a mask is true, and those of this
  /// array elsewhere.
  ///
  /// - Parameters:
  ///   - other: The other array, broadcast to the shape of this array.
  ///   - mask: A mask of the shape of this array or of its leading axes.
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public func replacing(
    with other: some StridedArray<Element>, where mask: some StridedArray<Bool>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try replacing(with: other.storage.broadcasted(to: shape), mask.storage)
  }

  /// Returns a new array with a number where a mask is true, and the elements of this array
  /// elsewhere.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the mask has the shape of this array or of its leading axes.
  @inlinable
  public func replacing(
    with number: Element, where mask: some StridedArray<Bool>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try copy()
    result.fill(number, where: mask)
    return result
  }

  @inlinable
  func replacing(
    with other: ArrayStorage<Element>, _ mask: ArrayStorage<Bool>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: shape)
    let axes = CoalescedAxes<3>(shape, [mask.covering(shape).strides, other.strides, strides])
    let count = axes.runCount
    var place = unsafe result.storage.base
    axes.forEachRun { offsets in
      // SAFETY: the offsets lead to runs of `count` elements of each array; the result is new and
      // contiguous.
      unsafe selectElements(
        MemoryLayout<Element>.stride, count, place,
        ElementRun(Run(start: mask.base + offsets[0], count: count, stride: axes.runStride(0))),
        ElementRun(Run(start: other.base + offsets[1], count: count, stride: axes.runStride(1))),
        ElementRun(Run(start: storage.base + offsets[2], count: count, stride: axes.runStride(2))))
      unsafe place += count
    }
    return result
  }
}

extension SharedArray {
  /// Sets the elements where a mask is true to `value`. No other element is written. The mask may
  /// overlap the array: the result is as if the mask had been copied first.
  ///
  /// - Precondition: the mask has the shape of the array or of its leading axes.
  @inlinable
  public func fill(_ value: Element, where mask: some StridedArray<Bool>) {
    let all = mask.storage.covering(shape)
    if storage.mayOverlap(all), !storage.isSameView(as: all) { return fill(value, whereCopyOf: mask) }
    ArrayStorage.repeating(value, shape) { storage.assign($0, where: all) }
  }

  /// Fills using a copy of the mask in private memory, whose allocation does not fail like
  /// that of shared memory.
  @inlinable
  func fill(_ value: Element, whereCopyOf mask: some StridedArray<Bool>) {
    var copy = mask.toArray()
    unsafe copy.withUnsafeMutableBufferPointer { bytes in
      // SAFETY: the buffer has a Boolean for each index of the mask's shape, in row-major order; an
      // empty one is not read.
      guard let start = bytes.baseAddress else { return }
      let all = unsafe ArrayStorage<Bool>(
        owner: nil, base: start, shape: mask.shape, strides: mask.shape.rowMajorStrides)
      ArrayStorage.repeating(value, shape) { storage.assign($0, where: all.covering(shape)) }
    }
  }

  /// Copies the elements of another array, broadcast to this shape, where a mask is true. No other
  /// element is written. The arrays may overlap: the result is as if `other` had been copied first.
  ///
  /// - Throws: the errors of ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the mask has the shape of this array or of its leading axes, and the shapes
  ///   match.
  @inlinable
  public func update(
    from other: some StridedArray<Element>, where mask: some StridedArray<Bool>
  ) throws(SharedMemoryError) {
    let all = try mask.storage.covering(shape).operand(for: storage)
    storage.assign(try other.storage.operand(for: storage), where: all)
  }

  /// Sets the elements where a mask is true to successive elements of another array, in row-major
  /// order. A mask of the leading axes selects subarrays. No other element is written.
  ///
  /// - Parameter values: The new values, broadcast to the shape that ``StridedArray/take(where:)``
  ///   returns for the mask.
  /// - Throws: the errors of ``init(shape:)``, if the values have to be copied because they overlap
  ///   this array or are not contiguous.
  /// - Precondition: the mask has the shape of the array or of its leading axes, and the shapes
  ///   match.
  @inlinable
  public func put(
    _ values: some StridedArray<Element>, where mask: some StridedArray<Bool>
  ) throws(SharedMemoryError) {
    let all = try mask.storage.covering(shape).operand(for: storage)
    var chosen: Shape = [mask.storage.trueCount]
    for axis in mask.rank..<rank { chosen.append(shape[axis]) }
    let source = SharedArray(storage: values.storage.broadcasted(to: chosen))
    let isReady = source.isContiguous && !storage.mayOverlap(source.storage)
    let ready = isReady ? source : try source.copy()
    var done = 0
    storage.forEachRun(with: all) { run, mask in
      // SAFETY: the loop reads no more elements than are available.
      done += unsafe expandElements(
        MemoryLayout<Element>.stride, run.count, ElementRun(run), ElementRun(mask), ready.storage.base + done,
        available: ready.count - done)
    }
    withExtendedLifetime(ready) {}
  }
}

extension ArrayStorage {
  /// Copies the elements of a storage where the mask is true. Both have the shape of this storage.
  @inlinable
  func assign(_ other: ArrayStorage, where mask: ArrayStorage<Bool>) {
    forEachRun(with: mask, other) { run, mask, other in
      assignElements(
        MemoryLayout<Element>.stride, run.count, ElementRun(run), ElementRun(mask), ElementRun(other))
    }
  }
}
