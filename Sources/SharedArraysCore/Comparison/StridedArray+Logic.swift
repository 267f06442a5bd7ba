public import SharedArraysMemory

// Operations on masks. The operators are those of Swift's SIMD masks.

extension StridedArray<Bool> {
  /// Returns a mask that is true where both masks are true; the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .& (a: Self, b: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.and, b)
  }

  /// Returns a mask that is true where at least one of two masks is true; the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .| (a: Self, b: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.or, b)
  }

  /// Returns a mask that is true where exactly one of two masks is true; the shapes are broadcast.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .^ (a: Self, b: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.unequal, b)
  }

  /// Returns a mask that is true where a mask is false.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  @inlinable
  public static prefix func .! (a: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.equal, false)
  }

  /// Returns whether at least one element is true; false for an empty array. ``sum(ignoringNaN:)``
  /// returns the number of true elements.
  ///
  /// - Complexity: O(n), and not much beyond the first true element; no allocation.
  @inlinable
  public func any() -> Bool { contains(true) }

  /// Returns whether all elements are true, as they are in an empty array.
  ///
  /// - Complexity: O(n), and not much beyond the first false element; no allocation.
  @inlinable
  public func all() -> Bool { !contains(false) }

  /// Returns whether any elements along one axis are true. The result lacks that axis, or with
  /// `keepDims` has it with extent 1.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func any(axis: Int, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try any(axes: [axis], keepDims: keepDims)
  }

  /// Returns whether any elements along several axes are true, like the method for one axis.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func any(axes: AxisValues, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try reduced(axes, keepDims, largest: true)
  }

  /// Returns whether all elements along one axis are true. The result lacks that axis, or with
  /// `keepDims` has it with extent 1.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func all(axis: Int, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try all(axes: [axis], keepDims: keepDims)
  }

  /// Returns whether all elements along several axes are true, like the method for one axis.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func all(axes: AxisValues, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try reduced(axes, keepDims, largest: false)
  }

  /// Returns the largest or smallest byte of each lane, as a Boolean: the largest is not 0 if any
  /// element is true, the smallest is not 0 if all are.
  @usableFromInline
  func reduced(
    _ axes: AxisValues, _ keepDims: Bool, largest: Bool
  ) throws(SharedMemoryError) -> SharedArray<Bool> {
    let result: SharedArray<Bool> = try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      if lanes.laneCount > 0 { lanes.storeExtremes(results, largest: largest, ignoringNaN: false) }
    }
    if axes.contains(where: { shape[$0] == 0 }) { result.fill(!largest) }
    // Other programs might have written bytes that are neither 0 nor 1.
    result.update { $0 }
    return result
  }

  /// Returns whether an element has a value, searching piece by piece.
  @usableFromInline
  func contains(_ value: Bool) -> Bool {
    do throws(Found) {
      try storage.forEachRun { (run) throws(Found) in
        // Pieces become longer and longer: an early match is found soon, and searching all of them
        // costs little more.
        var (start, length) = (0, 4096)
        while start < run.count {
          let count = Swift.min(length, run.count - start)
          // SAFETY: the piece consists of elements of the run.
          let piece = unsafe ArrayStorage(
            owner: nil, base: run.start + start * run.stride, shape: Shape(repeating: count, count: 1),
            strides: Strides(repeating: run.stride, count: 1))
          let extreme = piece.reduced(to: Bool.self) { lanes, result in
            lanes.storeExtremes(result, largest: value, ignoringNaN: false)
          }
          if extreme == value { throw Found() }
          start += count
          length = Swift.min(2 * length, 1 << 18)
        }
      }
      return false
    } catch {
      return true
    }
  }
}

/// The error that ends a traversal early.
private struct Found: Error {}
