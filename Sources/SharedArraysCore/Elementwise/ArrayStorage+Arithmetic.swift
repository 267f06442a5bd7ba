public import SharedArraysMemory

extension ArrayStorage where Element: ArithmeticElement {
  /// Sets every element to what an operation makes of the elements of two others at the same index.
  ///
  /// - Precondition: all have the same shape; an operand shares no element with this storage, or all of them
  ///   at the same indices.
  @inlinable
  func compute(_ operation: BinaryOperation, _ a: ArrayStorage, _ b: ArrayStorage) {
    forEachRun(with: a, b) { result, a, b in
      // SAFETY: the runs have the same number of elements.
      let isDone = unsafe operation.run(
        Element.elementType, result.count, result.start, result.stride, a.start, a.stride, b.start, b.stride)
      if isDone { return }
      // Only the division of complex numbers has no compiled loop.
      for position in 0..<result.count {
        // SAFETY: the position is one of the runs'.
        unsafe result[position] = Element.quotient(a[position], b[position])
      }
    }
  }

  /// The same with an operand that is this storage itself, and another of any shape that broadcasts to it.
  @inlinable
  func compute(_ operation: BinaryOperation, with other: ArrayStorage) throws(SharedMemoryError) {
    if isApartAndContiguous(with: other) {
      // SAFETY: both have the same number of elements, one after the other.
      let isDone = unsafe operation.run(Element.elementType, elementCount, base, 1, base, 1, other.base, 1)
      if isDone { return }
    }
    compute(operation, self, try other.operand(for: self))
  }
}

extension ArrayStorage {
  /// These elements, broadcast to the shape of `target`, so that they can be read while `target` is written in the
  /// order of its indices: copied first, if they overlap it in any way but element for element.
  @inlinable
  func operand<Target>(for target: ArrayStorage<Target>) throws(SharedMemoryError) -> ArrayStorage {
    let operand = broadcasted(to: target.shape)
    if !target.mayOverlap(operand) || target.isSameView(as: operand) { return operand }
    let copy = try SharedArray<Element>(uninitialized: shape)
    copy.storage.assign(self)
    return copy.storage.broadcasted(to: target.shape)
  }

  /// These elements, broadcast to a shape, so that they can be read while `target` is written in any order: copied first,
  /// if they may overlap it.
  @inlinable
  func apart<Target>(
    from target: ArrayStorage<Target>, broadcastTo shape: Shape
  ) throws(SharedMemoryError) -> ArrayStorage {
    let source = broadcasted(to: shape)
    return target.mayOverlap(source) ? try SharedArray(storage: source).copy().storage : source
  }

  /// Calls `body` with a storage of a shape that has the same element everywhere.
  @inlinable
  static func repeating(_ element: Element, _ shape: Shape, _ body: (ArrayStorage) -> Void) {
    var element = element
    // SAFETY: the storage is used within `body` only, and only read.
    unsafe withUnsafeMutablePointer(to: &element) { pointer in
      let strides = Strides(repeating: 0, count: shape.count)
      body(unsafe ArrayStorage(owner: nil, base: pointer, shape: shape, strides: strides))
    }
  }
}
