public import SharedArraysMemory

extension ArrayStorage where Element: ArithmeticElement {
  /// Sets every element to the result of an operation on the elements of two other storages at the
  /// same index.
  ///
  /// - Precondition: All storages have the same shape. An operand shares no element with this
  ///   storage, or shares all elements at the same indices.
  @inlinable
  func compute(_ operation: BinaryOperation, _ a: ArrayStorage, _ b: ArrayStorage) {
    forEachRun(with: a, b) { result, a, b in
      // SAFETY: The runs have the same number of elements.
      let isDone = unsafe operation.run(
        Element.elementType, result.count, result.start, result.stride, a.start, a.stride, b.start, b.stride)
      if isDone { return }
      // Only the division of complex numbers has no compiled loop.
      for position in 0..<result.count {
        // SAFETY: The position lies within the runs.
        unsafe result[position] = Element.quotient(a[position], b[position])
      }
    }
  }

  /// Applies an operation in place to this storage and another one, whose shape broadcasts to this
  /// one.
  @inlinable
  func compute(_ operation: BinaryOperation, with other: ArrayStorage) throws(SharedMemoryError) {
    if isApartAndContiguous(with: other) {
      // SAFETY: Both storages are contiguous and have the same number of elements.
      let isDone = unsafe operation.run(Element.elementType, elementCount, base, 1, base, 1, other.base, 1)
      if isDone { return }
    }
    compute(operation, self, try other.operand(for: self))
  }
}

extension ArrayStorage {
  /// Returns these elements, broadcast to the shape of `target`, as an operand that can be read
  /// while `target` is written in index order. The elements are copied if they overlap `target` at
  /// different indices.
  @inlinable
  func operand<Target>(for target: ArrayStorage<Target>) throws(SharedMemoryError) -> ArrayStorage {
    let operand = broadcasted(to: target.shape)
    if !target.mayOverlap(operand) || target.isSameView(as: operand) { return operand }
    let copy = try SharedArray<Element>(uninitialized: shape)
    copy.storage.assign(self)
    return copy.storage.broadcasted(to: target.shape)
  }

  /// Returns these elements, broadcast to `shape`, as a source that can be read while `target` is
  /// written in any order. The elements are copied if they might overlap `target`.
  @inlinable
  func apart<Target>(
    from target: ArrayStorage<Target>, broadcastTo shape: Shape
  ) throws(SharedMemoryError) -> ArrayStorage {
    let source = broadcasted(to: shape)
    return target.mayOverlap(source) ? try SharedArray(storage: source).copy().storage : source
  }

  /// Calls `body` with a storage of the given shape that has the same element everywhere.
  @inlinable
  static func repeating(_ element: Element, _ shape: Shape, _ body: (ArrayStorage) -> Void) {
    var element = element
    // SAFETY: `body` only reads the storage, and does not keep it.
    unsafe withUnsafeMutablePointer(to: &element) { pointer in
      let strides = Strides(repeating: 0, count: shape.count)
      body(unsafe ArrayStorage(owner: nil, base: pointer, shape: shape, strides: strides))
    }
  }
}
