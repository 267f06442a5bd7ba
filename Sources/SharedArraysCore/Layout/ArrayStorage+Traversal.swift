/// A run of elements at equal distances in memory: the innermost loop of every traversal. Positions
/// are not checked.
@frozen
@usableFromInline
@safe package struct Run<Element: SharedArrayElement> {
  @usableFromInline package let start: UnsafeMutablePointer<Element>
  @usableFromInline package let count: Int
  @usableFromInline package let stride: Int

  @inlinable
  init(start: UnsafeMutablePointer<Element>, count: Int, stride: Int) {
    unsafe self.start = start
    self.count = count
    self.stride = stride
  }

  @inlinable
  @unsafe package subscript(position: Int) -> Element {
    get { unsafe (start + position &* stride).element }
    nonmutating set { unsafe start[position &* stride] = newValue }
  }

  /// Sets each element to the result of `transform` for the element at the same position of a run
  /// of the same length.
  @inlinable @inline(__always)
  func update<Other: SharedArrayElement, Failure: Error>(
    from other: Run<Other>, _ transform: (Other) throws(Failure) -> Element
  ) throws(Failure) {
    // SAFETY: the positions are within both runs. Adjacent elements have a separate loop, which can
    // be vectorised.
    if stride == 1, other.stride == 1 {
      let (target, source) = unsafe (start, other.start)
      for position in 0..<count { unsafe target[position] = try transform((source + position).element) }
    } else {
      for position in 0..<count { unsafe self[position] = try transform(other[position]) }
    }
  }

  /// Sets each element to the result of `transform` for the two elements at the same position of
  /// two runs of the same length.
  @inlinable @inline(__always)
  func update<First: SharedArrayElement, Second: SharedArrayElement>(
    from first: Run<First>, _ second: Run<Second>, _ transform: (First, Second) -> Element
  ) {
    // SAFETY: the positions are within all three runs.
    if stride == 1, first.stride == 1, second.stride == 1 {
      let (target, a, b) = unsafe (start, first.start, second.start)
      for position in 0..<count {
        unsafe target[position] = transform((a + position).element, (b + position).element)
      }
    } else {
      for position in 0..<count { unsafe self[position] = transform(first[position], second[position]) }
    }
  }
}

extension ArrayStorage {
  /// Calls `body` with every run of elements, in row-major order. Nothing is allocated.
  @inlinable
  package func forEachRun<Failure: Error>(_ body: (Run<Element>) throws(Failure) -> Void) throws(Failure) {
    let axes = CoalescedAxes<1>(shape, [strides])
    let (count, stride) = (axes.runCount, axes.runStride(0))
    try axes.forEachRun { (offsets) throws(Failure) in
      try body(unsafe Run(start: base + offsets[0], count: count, stride: stride))
    }
  }

  /// Calls `body` with runs of this storage and the runs of `other` at the same indices.
  ///
  /// - Precondition: both have the same shape.
  @inlinable
  package func forEachRun<Other: SharedArrayElement, Failure: Error>(
    with other: ArrayStorage<Other>, _ body: (Run<Element>, Run<Other>) throws(Failure) -> Void
  ) throws(Failure) {
    let axes = CoalescedAxes<2>(shape, [strides, other.strides])
    let (count, stride, otherStride) = (axes.runCount, axes.runStride(0), axes.runStride(1))
    try axes.forEachRun { (offsets) throws(Failure) in
      try body(
        unsafe Run(start: base + offsets[0], count: count, stride: stride),
        unsafe Run(start: other.base + offsets[1], count: count, stride: otherStride))
    }
  }

  /// A view of the same elements in which all axes run forwards, the one with the largest stride
  /// first. This is the order in which memory is read fastest, and it is the same for an array, its
  /// transpose and its reversed views.
  ///
  /// Axes of extent 1 are left out.
  package var inMemoryOrder: ArrayStorage {
    var axes = MemoryOrderedAxes()
    for axis in 0..<shape.count { axes.insert(shape[axis], strides[axis], 0) }
    return view(offset: axes.offset, shape: axes.shape, strides: axes.strides)
  }
}
