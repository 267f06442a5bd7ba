internal import CSharedArraysKernels
public import SharedArraysMemory

// `add` accumulates where `put` overwrites: an element or subarray that is named several times gets
// all the values.

extension SharedArray where Element: ArithmeticElement {
  /// Adds values to the elements at some positions of the row-major order, like NumPy's `add.at`.
  /// An element that is named several times gets each of the values. Integers wrap.
  ///
  ///     let sums = try SharedArray<Double>(shape: [10])
  ///     try sums.add(weights, at: bins)              // NumPy's bincount(bins, weights, 10)
  ///
  /// - Parameters:
  ///   - values: The values to add, broadcast to the shape of `positions`.
  ///   - positions: The positions, in any order.
  /// - Throws: the errors of ``init(shape:)``, if values or positions have to be copied because
  ///   they overlap this array.
  /// - Precondition: the positions are in `0..<count`, and the shapes match.
  /// - Complexity: O(number of positions).
  @inlinable
  public func add(
    _ values: some StridedArray<Element>, at positions: some StridedArray<Int>
  ) throws(SharedMemoryError) {
    let places = try positions.storage.apart(from: storage, broadcastTo: positions.shape)
    storage.add(try values.storage.apart(from: storage, broadcastTo: positions.shape), at: places)
  }

  /// Adds a number to the elements at some positions of the row-major order, once for each time an
  /// element is named.
  ///
  ///     let counts = try SharedArray<Int>(shape: [10])
  ///     counts.add(1, at: bins)                      // NumPy's bincount(bins, minlength=10)
  ///
  /// - Precondition: the positions are in `0..<count`, and are not stored in elements of this
  ///   array.
  /// - Complexity: O(number of positions).
  @inlinable
  public func add(_ value: Element, at positions: some StridedArray<Int>) {
    ArrayStorage.repeating(value, positions.shape) { storage.add($0, at: positions.storage) }
  }

  /// Adds values to the elements at some positions of the row-major order, like the method that
  /// takes the positions as an array.
  ///
  /// - Parameters:
  ///   - values: The values to add: of rank 1 with one for each position, or an array that is
  ///     broadcast to that shape.
  ///   - positions: The positions, in any order.
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: the positions are in `0..<count`, and the shapes match.
  @inlinable
  public func add(
    _ values: some StridedArray<Element>, at positions: some Collection<Int>
  ) throws(SharedMemoryError) {
    try add(values, at: SharedArray<Int>(Array(positions)))
  }

  /// Adds values to the subarrays at some indices of an axis. A subarray that is named several
  /// times gets each of the values.
  ///
  /// - Parameters:
  ///   - values: The values to add, broadcast to the shape that `take(_:axis:)` returns for the
  ///     indices.
  ///   - indices: The indices, in any order.
  ///   - axis: The axis of the indices.
  /// - Throws: the errors of ``init(shape:)``, if the values have to be copied because they overlap
  ///   this array.
  /// - Precondition: the axis exists, the indices lie within it, and the shapes match.
  @inlinable
  public func add(
    _ values: some StridedArray<Element>, at indices: some Collection<Int>, axis: Int
  ) throws(SharedMemoryError) {
    shape.requireAxis(axis)
    let indices = Array(indices)
    var shape = shape
    shape[axis] = indices.count
    let ready = try values.storage.apart(from: storage, broadcastTo: shape)
    let (target, addends) = (storage.along(axis), ready.along(axis))
    for (place, index) in indices.enumerated() {
      let sums = target.at(storage.step(index, axis))
      sums.compute(.add, sums, addends.at(place * ready.strides[axis]))
    }
  }
}

extension ArrayStorage where Element: ArithmeticElement {
  /// Adds each of the values to the element at its position of the row-major order.
  ///
  /// - Precondition: the two have the same shape.
  @inlinable
  func add(_ values: ArrayStorage, at positions: ArrayStorage<Int>) {
    let isFlat = shape.rank == 1 || isContiguous
    let stride = shape.rank == 1 ? strides.values[0] : 1
    positions.forEachRun(with: values) { places, values in
      if isFlat {
        // SAFETY: the target has `elementCount` elements at this distance, and the runs have the
        // same number of elements.
        let done = unsafe addElements(
          Element.elementType, base, elementCount, stride, places.start, places.stride, values.start,
          values.stride, places.count)
        if done < places.count { unsafe trapPosition(places[done], shape) }
        return
      }
      for place in 0..<places.count {
        // SAFETY: the offset is that of an index within the shape, and `place` is within the runs.
        unsafe Run(start: base + offset(ofPosition: places[place]), count: 1, stride: 1)
          .add(Run(start: values.start + place * values.stride, count: 1, stride: 1))
      }
    }
  }
}

extension Run where Element: ArithmeticElement {
  /// Adds the elements of a run of the same length.
  @inlinable
  func add(_ other: Run) {
    // SAFETY: the counts and strides are those of the runs.
    _ = unsafe BinaryOperation.add.run(
      Element.elementType, count, start, stride, start, stride, other.start, other.stride)
  }
}

/// Adds values to elements at positions. Returns the number of positions done, which is less than
/// `count` if the next position is out of range.
@usableFromInline
func addElements(
  _ type: ElementType, _ target: UnsafeMutableRawPointer, _ extent: Int, _ stride: Int,
  _ positions: UnsafePointer<Int>, _ positionStride: Int, _ values: UnsafeRawPointer, _ valueStride: Int,
  _ count: Int
) -> Int {
  // SAFETY: the caller guarantees the counts and strides; Int has 64 bits.
  unsafe kernels_add_at(
    KernelType.ofElement(type), target, extent, stride,
    UnsafeRawPointer(positions).assumingMemoryBound(to: Int64.self), positionStride, values, valueStride,
    count)
}
