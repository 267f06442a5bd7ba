extension StridedArray {
  /// The elements in row-major order: the fastest way to read them all.
  ///
  /// A span of `Bool` reads the bytes as they are; if other programs may have written some that are neither 0
  /// nor 1, read the elements through subscripts or ``toArray()``.
  ///
  /// - Precondition: the array is contiguous, as whole arrays and slices of axis 0 are; other views have a
  ///   span for each row.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    get {
      if !isContiguous { trapNotContiguous(shape, strides) }
      // SAFETY: contiguous, so `count` elements follow the first one; `self` keeps them mapped.
      let span = unsafe Span(_unsafeStart: storage.base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements of one row: of `x[row, .all]`, or of `x[row, .all, .all]` if that is contiguous.
  ///
  /// - Precondition: the array has at least one axis, `row` is one of its indices, and the row is contiguous.
  @inlinable
  @_lifetime(borrow self)
  public func span(row: Int) -> Span<Element> {
    let (offset, count) = storage.rowBounds(row)
    // SAFETY: `rowBounds` has checked that `count` elements follow the one at `offset`.
    let span = unsafe Span(_unsafeStart: storage.base + offset, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}

extension SharedArray {
  /// The elements in row-major order, for writing.
  ///
  /// The memory is shared: Swift's rule that nobody else uses what a `MutableSpan` covers holds only as far
  /// as the program sees to it, in this process and in the others.
  ///
  /// - Precondition: the array is contiguous.
  @inlinable
  public var mutableSpan: MutableSpan<Element> {
    @_lifetime(borrow self)
    get {
      if !isContiguous { trapNotContiguous(shape, strides) }
      // SAFETY: as for `span`; the segment of a SharedArray is mapped for writing.
      let span = unsafe MutableSpan(_unsafeStart: storage.base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements of one row, for writing.
  ///
  /// - Precondition: as for ``StridedArray/span(row:)``.
  @inlinable
  @_lifetime(borrow self)
  public func mutableSpan(row: Int) -> MutableSpan<Element> {
    let (offset, count) = storage.rowBounds(row)
    // SAFETY: as for `span(row:)`.
    let span = unsafe MutableSpan(_unsafeStart: storage.base + offset, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}

extension ArrayStorage {
  @inlinable
  func rowBounds(_ row: Int) -> (offset: Int, count: Int) {
    if shape.count == 0 { trapIndexCount(1, rank: 0) }
    let offset = step(row, 0)
    if shape.contains(0) { return (0, 0) }
    var count = 1
    for axis in (1..<shape.count).reversed() where shape[axis] != 1 {
      if strides[axis] != count { trapNotContiguous(shape, strides) }
      count *= shape[axis]
    }
    return (offset, count)
  }
}

@usableFromInline @inline(never)
func trapNotContiguous(_ shape: Shape, _ strides: Strides) -> Never {
  trap(
    "A view of shape \(shape) and strides \(strides) has no span: its elements do not stand one after the other; "
      + "use a copy() or its rows.")
}
