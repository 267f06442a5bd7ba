/// Elements at equal distances in memory: the innermost loop of every traversal. Positions are not checked.
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
}

/// The axes of one or two arrays of the same shape, with neighbours joined where memory allows, so that
/// contiguous arrays are one run.
@frozen
@usableFromInline
struct Axes {
  @usableFromInline var extents: Shape = []
  @usableFromInline var strides: Strides = []
  @usableFromInline var otherStrides: Strides = []

  @inlinable
  init(_ shape: Shape, _ strides: Strides, _ otherStrides: Strides) {
    for axis in 0..<shape.count where shape[axis] != 1 {
      let last = extents.count - 1
      if last >= 0, self.strides[last] == strides[axis] * shape[axis],
        self.otherStrides[last] == otherStrides[axis] * shape[axis]
      {
        extents[last] *= shape[axis]
        self.strides[last] = strides[axis]
        self.otherStrides[last] = otherStrides[axis]
      } else {
        extents.append(shape[axis])
        self.strides.append(strides[axis])
        self.otherStrides.append(otherStrides[axis])
      }
    }
    if extents.isEmpty {
      extents = [1]
      self.strides = [1]
      self.otherStrides = [1]
    }
  }

  /// Calls `body` with the offsets at which the innermost runs begin, in row-major order.
  @inlinable
  func forEachRun<Failure: Error>(_ body: (Int, Int) throws(Failure) -> Void) throws(Failure) {
    if extents.contains(0) { return }
    let outer = extents.count - 1
    var index = Shape(repeating: 0, count: outer)
    var offset = 0
    var otherOffset = 0
    while true {
      try body(offset, otherOffset)
      var axis = outer - 1
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        otherOffset += otherStrides[axis]
        if index[axis] < extents[axis] { break }
        index[axis] = 0
        offset -= strides[axis] * extents[axis]
        otherOffset -= otherStrides[axis] * extents[axis]
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

extension ArrayStorage {
  /// Calls `body` with every run of elements, in row-major order. Nothing is allocated.
  @inlinable
  package func forEachRun<Failure: Error>(_ body: (Run<Element>) throws(Failure) -> Void) throws(Failure) {
    let axes = Axes(shape, strides, strides)
    let last = axes.extents.count - 1
    let (count, stride) = (axes.extents[last], axes.strides[last])
    try axes.forEachRun { (offset, _) throws(Failure) in
      try body(unsafe Run(start: base + offset, count: count, stride: stride))
    }
  }

  /// Calls `body` with runs of this storage and the runs of `other` at the same indices.
  ///
  /// - Precondition: both have the same shape.
  @inlinable
  package func forEachRun<Other: SharedArrayElement, Failure: Error>(
    with other: ArrayStorage<Other>, _ body: (Run<Element>, Run<Other>) throws(Failure) -> Void
  ) throws(Failure) {
    let axes = Axes(shape, strides, other.strides)
    let last = axes.extents.count - 1
    let count = axes.extents[last]
    let (stride, otherStride) = (axes.strides[last], axes.otherStrides[last])
    try axes.forEachRun { (offset, otherOffset) throws(Failure) in
      try body(
        unsafe Run(start: base + offset, count: count, stride: stride),
        unsafe Run(start: other.base + otherOffset, count: count, stride: otherStride))
    }
  }

  /// The same elements with all axes running forwards, the one with the largest stride first: the order in
  /// which memory is read fastest, and the same for an array, its transpose and its reversed views.
  ///
  /// Axes of extent 1 are left out.
  package var inMemoryOrder: ArrayStorage {
    var axes = OrderedAxes()
    for axis in 0..<shape.count { axes.insert(shape[axis], strides[axis], 0) }
    return view(offset: axes.offset, shape: axes.shape, strides: axes.strides)
  }
}
