extension StridedArray {
  /// The elements in row-major order: the fastest way to read them all.
  ///
  /// A span of `Bool` reads the bytes as they are. If other programs might have written bytes that
  /// are neither 0 nor 1, read the elements through subscripts or ``toArray()``.
  ///
  /// - Precondition: the array is contiguous, as whole arrays and slices of axis 0 are; other views
  ///   have a span for each row.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    get {
      if !isContiguous { trapNotContiguous(shape, strides) }
      // SAFETY: the elements are contiguous, so `count` elements follow the first one; `self` keeps
      // them mapped.
      let span = unsafe Span(_unsafeStart: storage.base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Returns the elements of one row: of `x[row, .all]`, or of `x[row, .all, .all]` if that is
  /// contiguous.
  ///
  /// - Precondition: the array has at least one axis, `row` is one of its indices, and the row is
  ///   contiguous.
  @inlinable @inline(__always)
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
  /// The memory is shared: Swift requires that no other code uses the elements of a `MutableSpan`,
  /// and the program must ensure this itself, in this process and in the others.
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

  /// Returns the elements of one row, for writing.
  ///
  /// - Precondition: as for ``StridedArray/span(row:)``.
  @inlinable @inline(__always)
  @_lifetime(borrow self)
  public func mutableSpan(row: Int) -> MutableSpan<Element> {
    let (offset, count) = storage.rowBounds(row)
    // SAFETY: as for `span(row:)`.
    let span = unsafe MutableSpan(_unsafeStart: storage.base + offset, count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}

extension ArrayStorage {
  /// Returns the offset of a row's first element and the number of its elements.
  ///
  /// Loops call this for each row, so it is inlined. Passing the whole storage would copy it for
  /// each row, and retain and release its owner; matrices are handled by a few of its numbers
  /// instead.
  @inlinable @inline(__always)
  func rowBounds(_ row: Int) -> (offset: Int, count: Int) {
    let (rows, columns) = (shape.values[0], shape.values[1])
    let (down, right) = (strides.values[0], strides.values[1])
    if shape.rank == 2, right == 1, UInt(bitPattern: row) < UInt(bitPattern: rows) {
      return (row &* down, columns)
    }
    return ArrayStorage.rowBounds(row, shape, strides)
  }

  @inlinable @inline(never)
  static func rowBounds(_ row: Int, _ shape: Shape, _ strides: Strides) -> (offset: Int, count: Int) {
    if shape.rank == 0 { trapIndexCount(1, rank: 0) }
    if row < 0 || row >= shape.values[0] { trapIndex(row, axis: 0, extent: shape.values[0]) }
    if shape.hasZero { return (0, 0) }
    var count = 1
    var axis = shape.rank - 1
    while axis > 0 {
      let extent = shape.values[axis]
      if extent != 1 {
        if strides.values[axis] != count { trapNotContiguous(shape, strides) }
        count *= extent
      }
      axis -= 1
    }
    return (row &* strides.values[0], count)
  }
}

@usableFromInline @inline(never)
func trapNotContiguous(_ shape: Shape, _ strides: Strides) -> Never {
  trap(
    "A view of shape \(shape) and strides \(strides) has no span: its elements are not contiguous; "
      + "use a copy() or its rows.")
}
