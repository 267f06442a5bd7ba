public import SharedArraysMemory

extension SharedArray {
  /// Creates an unnamed array with the elements of a collection in row-major order. Without `shape`
  /// it has rank 1.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: the number of elements fits the shape.
  public init(_ elements: some Collection<Element>, shape: Shape? = nil) throws(SharedMemoryError) {
    let shape = shape ?? [elements.count]
    try self.init(shape: shape)
    if elements.count != count {
      trap("\(elements.count) elements do not fill an array of shape \(shape), which has \(count).")
    }
    // SAFETY: a new array is contiguous and has `count` elements.
    _ = unsafe UnsafeMutableBufferPointer(start: storage.base, count: count).update(fromContentsOf: elements)
  }

  /// Sets every element to `value`.
  @inlinable
  public func fill(_ value: Element) {
    storage.forEachRun { run in
      if run.stride == 1 {
        // SAFETY: `count` elements follow the start of a run of stride 1.
        unsafe run.start.update(repeating: value, count: run.count)
      } else {
        for position in 0..<run.count { unsafe run[position] = value }
      }
    }
  }

  /// Copies the elements of an array of the same shape. The two may overlap: the result is as if
  /// `other` had been copied first.
  ///
  /// - Precondition: the shapes are the same.
  /// - Throws: the errors of ``init(shape:)``, and only if they overlap in a way that needs a copy.
  @inlinable
  public func update(from other: some StridedArray<Element>) throws(SharedMemoryError) {
    if shape != other.shape {
      trap("update(from:) needs an array of shape \(shape), not of shape \(other.shape).")
    }
    if storage.isApartAndContiguous(with: other.storage) {
      // SAFETY: both have `count` adjacent elements, at the same address or without common bytes.
      return unsafe storage.base.update(from: other.storage.base, count: count)
    }
    if storage.isSameView(as: other.storage) { return }
    // Contiguous storages are moved as a whole, which needs comparable addresses.
    let canMove = isContiguous && other.isContiguous && !storage.isMappedApart(from: other.storage)
    if !canMove, storage.mayOverlap(other.storage) {
      storage.assign(try other.copy().storage)
    } else {
      storage.assign(other.storage)
    }
  }
}

extension StridedArray {
  /// Returns a new unnamed, contiguous array with the same elements.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public func copy() throws(SharedMemoryError) -> SharedArray<Element> {
    let copy = try SharedArray<Element>(uninitialized: shape)
    copy.storage.assign(storage)
    return copy
  }
}

extension ArrayStorage {
  /// Copies the elements of another storage; contiguous runs may overlap.
  ///
  /// - Precondition: the shapes are the same.
  @inlinable
  package func assign(_ other: ArrayStorage) {
    forEachRun(with: other) { run, source in
      if run.stride == 1, source.stride == 1 {
        // SAFETY: `count` elements follow both starts; `update(from:)` handles overlap like
        // memmove.
        unsafe run.start.update(from: source.start, count: run.count)
      } else {
        for position in 0..<run.count { unsafe run[position] = source[position] }
      }
    }
  }
}
