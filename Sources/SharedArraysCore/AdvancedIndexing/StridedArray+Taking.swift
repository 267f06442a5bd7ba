public import SharedArraysMemory

// Indices may repeat, in any order. Each is checked when it is used, since an index array can be in
// shared memory. An index outside its axis ends the process, as in a subscript. Collections are
// copied first: a lazy one might have a different number of elements each time it is iterated.

extension StridedArray {
  /// Returns the subarrays at some indices of an axis as a new array: `x.take([2, 0, 2], axis: 1)`
  /// has columns 2, 0 and 2.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists, and the indices lie within it.
  /// - Complexity: O(elements of the result).
  @inlinable
  public func take(
    _ indices: some Collection<Int>, axis: Int
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    let indices = Array(indices)
    return try take(indices, [indices.count], axis)
  }

  /// Returns the subarrays at the indices in an array as a new array: the axes of `indices` replace
  /// the axis.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists, the indices lie within it, and the result has at most eight
  ///   axes.
  /// - Complexity: O(elements of the result).
  @inlinable
  public func take(
    _ indices: some StridedArray<Int>, axis: Int
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    try take(indices.toArray(), indices.shape, axis)
  }

  /// Returns the elements at some positions of the row-major order as a new array of rank 1.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the positions are in `0..<count`.
  @inlinable
  public func take(_ positions: some Collection<Int>) throws(SharedMemoryError) -> SharedArray<Element> {
    let positions = Array(positions)
    let result = try SharedArray<Element>(uninitialized: Shape(repeating: positions.count, count: 1))
    var target = unsafe result.storage.base
    for position in positions {
      // SAFETY: the result has an element for each position, and `offset(ofPosition:)` has checked
      // it.
      unsafe target.pointee = (storage.base + storage.offset(ofPosition: position)).element
      unsafe target += 1
    }
    return result
  }

  /// Returns the elements at the positions of the row-major order that an array contains, as a new
  /// array of the shape of `positions`.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the positions are in `0..<count`.
  @inlinable
  public func take(_ positions: some StridedArray<Int>) throws(SharedMemoryError) -> SharedArray<Element> {
    let result = try SharedArray<Element>(uninitialized: positions.shape)
    let isFlat = rank == 1
    let (base, count, stride) = unsafe (storage.base, count, isFlat ? strides.values[0] : 0)
    result.storage.forEachRun(with: positions.storage) { results, positions in
      results.update(from: positions) { position in
        // SAFETY: the offset is that of an index within the shape.
        if !isFlat { return unsafe (base + storage.offset(ofPosition: position)).element }
        if UInt(bitPattern: position) >= UInt(bitPattern: count) {
          trapIndex(position, axis: 0, extent: count)
        }
        return unsafe (base + position &* stride).element
      }
    }
    return result
  }

  @inlinable
  func take(
    _ indices: [Int], _ indexShape: Shape, _ axis: Int
  ) throws(SharedMemoryError) -> SharedArray<Element> {
    shape.requireAxis(axis)
    var shape: Shape = []
    var flat = self.shape
    for old in 0..<rank {
      if old != axis {
        shape.append(self.shape[old])
      } else {
        for extent in indexShape { shape.append(extent) }
      }
    }
    flat[axis] = indices.count
    let result = try SharedArray<Element>(uninitialized: shape)
    result.reshaped(flat).storage.take(from: storage, indices, axis)
    return result
  }
}

extension ArrayStorage {
  /// Returns the offset of the element at a position of the row-major order.
  ///
  /// - Precondition: the position is in `0..<elementCount`.
  @inlinable
  func offset(ofPosition position: Int) -> Int {
    if shape.rank == 1 { return step(position, 0) }
    if UInt(bitPattern: position) >= UInt(bitPattern: elementCount) { trapPosition(position, shape) }
    var (rest, offset) = (position, 0)
    for axis in (0..<shape.rank).reversed() {
      offset += rest % shape.values[axis] * strides.values[axis]
      rest /= shape.values[axis]
    }
    return offset
  }

  /// Sets the elements to those of another storage at some indices of an axis.
  ///
  /// - Precondition: the shapes are the same except along the axis, where the extent of this
  ///   storage is the number of indices; this storage is contiguous.
  @inlinable
  func take(from other: ArrayStorage, _ indices: [Int], _ axis: Int) {
    if shape.rank == 1 {
      for place in indices.indices {
        // SAFETY: `step` has checked the index, and the result has an element for each index.
        unsafe base[place] = (other.base + other.step(indices[place], 0)).element
      }
      return
    }
    let (target, source) = (along(axis), other.along(axis))
    for place in indices.indices {
      target.at(place * strides[axis]).assign(source.at(other.step(indices[place], axis)))
    }
  }

  /// Returns the subarray at index 0 of an axis.
  @inlinable
  func along(_ axis: Int) -> ArrayStorage {
    var shape = shape
    shape[axis] = 1
    return view(offset: 0, shape: shape, strides: strides)
  }

  @inlinable
  func at(_ offset: Int) -> ArrayStorage { view(offset: offset, shape: shape, strides: strides) }
}

@usableFromInline @inline(never)
func trapPosition(_ position: Int, _ shape: Shape) -> Never {
  trap("Position \(position) is outside an array of shape \(shape), which has \(shape.product) elements.")
}
