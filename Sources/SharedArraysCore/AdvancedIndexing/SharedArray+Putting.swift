public import SharedArraysMemory

// Every index is checked when it is used: see StridedArray+Taking.swift.

extension SharedArray {
  /// Sets the subarrays at some indices of an axis. If an index is named twice, the last subarray
  /// wins.
  ///
  /// - Parameters:
  ///   - values: The new values, broadcast to the shape that `take(_:axis:)` returns for the
  ///     indices.
  ///   - indices: The indices, in any order.
  ///   - axis: The axis of the indices.
  /// - Throws: the errors of ``init(shape:)``, if the values have to be copied because they overlap
  ///   this array.
  /// - Precondition: the axis exists, the indices lie within it, and the shapes match.
  @inlinable
  public func put(
    _ values: some StridedArray<Element>, at indices: some Collection<Int>, axis: Int
  ) throws(SharedMemoryError) {
    shape.requireAxis(axis)
    let indices = Array(indices)
    var shape = shape
    shape[axis] = indices.count
    let ready = try values.storage.apart(from: storage, broadcastTo: shape)
    storage.put(ready, indices, axis)
  }

  /// Sets all elements of the subarrays at some indices of an axis to `value`.
  ///
  /// - Precondition: the axis exists, and the indices lie within it.
  @inlinable
  public func put(_ value: Element, at indices: some Collection<Int>, axis: Int) {
    shape.requireAxis(axis)
    let indices = Array(indices)
    var shape = shape
    shape[axis] = indices.count
    ArrayStorage.repeating(value, shape) { storage.put($0, indices, axis) }
  }

  /// Sets the elements at some positions of the row-major order. If a position is named twice, the
  /// last value wins.
  ///
  /// - Parameters:
  ///   - values: The new values: of rank 1 with one for each position, or an array that is
  ///     broadcast to that shape.
  ///   - positions: The positions, in any order.
  /// - Throws: the errors of ``init(shape:)``, if the values have to be copied because they overlap
  ///   this array.
  /// - Precondition: the positions are in `0..<count`, and the shapes match.
  @inlinable
  public func put(
    _ values: some StridedArray<Element>, at positions: some Collection<Int>
  ) throws(SharedMemoryError) {
    let positions = Array(positions)
    let ready = try values.storage.apart(from: storage, broadcastTo: [positions.count])
    var place = 0
    for position in positions {
      // SAFETY: `place` is less than the number of positions, which is also that of the values; the
      // offset is checked.
      unsafe storage.base[storage.offset(ofPosition: position)] =
        (ready.base + place * ready.strides[0]).element
      place += 1
    }
  }

  /// Sets the elements at some positions of the row-major order to `value`.
  ///
  /// - Precondition: the positions are in `0..<count`.
  @inlinable
  public func put(_ value: Element, at positions: some Collection<Int>) {
    // SAFETY: the offset is checked.
    for position in positions { unsafe storage.base[storage.offset(ofPosition: position)] = value }
  }

  /// Sets the elements at the positions of the row-major order that an array contains. If a
  /// position is named twice, the last value wins.
  ///
  /// - Parameters:
  ///   - values: The new values, broadcast to the shape of `positions`.
  ///   - positions: The positions, in any order.
  /// - Throws: the errors of ``init(shape:)``, if the values have to be copied because they overlap
  ///   this array.
  /// - Precondition: the positions are in `0..<count`, and the shapes match.
  @inlinable
  public func put(
    _ values: some StridedArray<Element>, at positions: some StridedArray<Int>
  ) throws(SharedMemoryError) {
    let ready = try values.storage.apart(from: storage, broadcastTo: positions.shape)
    positions.storage.forEachRun(with: ready) { places, values in
      // SAFETY: the places are within the runs; the offset is checked.
      for place in 0..<places.count {
        unsafe storage.base[storage.offset(ofPosition: places[place])] = values[place]
      }
    }
  }

  /// Sets the elements at the positions of the row-major order that an array contains to `value`.
  ///
  /// - Precondition: the positions are in `0..<count`.
  @inlinable
  public func put(_ value: Element, at positions: some StridedArray<Int>) {
    put(value, at: positions.elements)
  }
}

extension ArrayStorage {
  /// Sets the elements at some indices of an axis to those of another storage, one after the other.
  @inlinable
  func put(_ other: ArrayStorage, _ indices: [Int], _ axis: Int) {
    let (target, source) = (along(axis), other.along(axis))
    for place in indices.indices {
      target.at(step(indices[place], axis)).assign(source.at(place * other.strides[axis]))
    }
  }
}
