public import SharedArraysMemory

// A mask is an array of truth values with the shape of an array, or of its leading axes: each value then decides about
// all elements behind it, so that a mask of rank 1 chooses rows. What NumPy calls `where(mask, a, b)` is
// `b.replacing(with: a, where: mask)`.

extension StridedArray {
  /// The elements where a mask is true, in row-major order, as a new array of rank 1; with a mask of the leading axes,
  /// the subarrays, one after the other: of shape `[n]` and the axes behind the mask's.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
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
      // SAFETY: no more elements are written than the result has.
      done += unsafe compressElements(
        width, run.count, result.storage.base + done, room: total - done, ElementRun(mask), ElementRun(run))
    }
    if done < total {
      // Another process has cleared truth values meanwhile. What an earlier array has left is nobody's business.
      // SAFETY: bytes of 0 are an element of every type, and the result has that many behind those written.
      unsafe UnsafeMutableRawPointer(result.storage.base + done)
        .initializeMemory(as: UInt8.self, repeating: 0, count: (total - done) * width)
    }
    return result
  }

  /// A new array with the elements of another where a mask is true, else those of this one.
  ///
  /// - Parameters:
  ///   - other: is broadcast to the shape of this array.
  ///   - mask: has the shape of this array or of its leading axes.
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public func replacing(
    with other: some StridedArray<Element>, where mask: some StridedArray<Bool>
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try replacing(with: other.storage.broadcasted(to: shape), mask.storage)
  }

  /// A new array with a number where a mask is true, else the elements of this one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
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
    let axes = Axes<3>(shape, [mask.covering(shape).strides, other.strides, strides])
    let count = axes.runCount
    var place = unsafe result.storage.base
    axes.forEachRun { offsets in
      // SAFETY: the offsets lead to runs of `count` elements of each array; the result is new and contiguous.
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
  /// Sets the elements where a mask is true to `value`. No other element is written. The mask may overlap the array:
  /// the result is as if it had been copied first.
  ///
  /// - Precondition: the mask has the shape of the array or of its leading axes.
  @inlinable
  public func fill(_ value: Element, where mask: some StridedArray<Bool>) {
    let all = mask.storage.covering(shape)
    if storage.mayOverlap(all), !storage.isSameView(as: all) { return fill(value, whereCopyOf: mask) }
    ArrayStorage.repeating(value, shape) { storage.assign($0, where: all) }
  }

  /// The same by a copy of the mask in private memory, which cannot be refused as shared memory can.
  @inlinable
  func fill(_ value: Element, whereCopyOf mask: some StridedArray<Bool>) {
    var copy = mask.toArray()
    unsafe copy.withUnsafeMutableBufferPointer { bytes in
      // SAFETY: as many truth values as the mask's shape has, in row-major order; of none, none is read.
      guard let start = bytes.baseAddress else { return }
      let all = unsafe ArrayStorage<Bool>(
        owner: nil, base: start, shape: mask.shape, strides: mask.shape.rowMajorStrides)
      ArrayStorage.repeating(value, shape) { storage.assign($0, where: all.covering(shape)) }
    }
  }

  /// Copies the elements of another array, broadcast to this shape, where a mask is true. No other element is written.
  /// The arrays may overlap: the result is as if `other` had been copied first.
  ///
  /// - Throws: as ``init(shape:)``, and only if they overlap in a way that needs a copy.
  /// - Precondition: the mask has the shape of this array or of its leading axes, and the shapes match.
  @inlinable
  public func update(
    from other: some StridedArray<Element>, where mask: some StridedArray<Bool>
  ) throws(SharedMemoryError) {
    let all = try mask.storage.covering(shape).operand(for: storage)
    storage.assign(try other.storage.operand(for: storage), where: all)
  }

  /// Sets the elements where a mask is true to those of another array, one after the other in row-major order; with a
  /// mask of the leading axes, the subarrays. No other element is written.
  ///
  /// - Parameter values: is broadcast to the shape that ``StridedArray/take(where:)`` gives for the mask.
  /// - Throws: as ``init(shape:)``, if the values have to be copied: they overlap this array, or are not contiguous.
  /// - Precondition: the mask has the shape of the array or of its leading axes, and the shapes match.
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
      // SAFETY: no more elements are read than there are.
      done += unsafe expandElements(
        MemoryLayout<Element>.stride, run.count, ElementRun(run), ElementRun(mask), ready.storage.base + done,
        available: ready.count - done)
    }
    withExtendedLifetime(ready) {}
  }
}

extension ArrayStorage {
  /// Copies the elements of a storage of the same shape where the mask, of the same shape too, is true.
  @inlinable
  func assign(_ other: ArrayStorage, where mask: ArrayStorage<Bool>) {
    forEachRun(with: mask, other) { run, mask, other in
      assignElements(
        MemoryLayout<Element>.stride, run.count, ElementRun(run), ElementRun(mask), ElementRun(other))
    }
  }
}
