public import SharedArraysMemory

// Masks. The operators are those of Swift's SIMD masks.

extension StridedArray<Bool> {
  /// Where both masks are true; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .& (a: Self, b: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.and, b)
  }

  /// Where at least one of two masks is true; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .| (a: Self, b: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.or, b)
  }

  /// Where exactly one of two masks is true; the shapes are broadcast.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the shapes match.
  @inlinable
  public static func .^ (a: Self, b: some StridedArray<Bool>) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.unequal, b)
  }

  /// Where a mask is false.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  @inlinable
  public static prefix func .! (a: Self) throws(SharedMemoryError) -> SharedArray<Bool> {
    try a.related(.equal, false)
  }

  /// Whether at least one element is true; false of an empty array. How many are is their ``sum(ignoringNaN:)``.
  ///
  /// - Complexity: O(n), and not much beyond the first true one; no allocation.
  @inlinable
  public func any() -> Bool { contains(true) }

  /// Whether all elements are true, as they are in an empty array.
  ///
  /// - Complexity: O(n), and not much beyond the first false one; no allocation.
  @inlinable
  public func all() -> Bool { !contains(false) }

  /// Whether any elements along one axis are true; the result does not have that axis, or with `keepDims` with
  /// extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func any(axis: Int, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try any(axes: [axis], keepDims: keepDims)
  }

  /// Whether any elements along several axes are true, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func any(axes: AxisValues, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try reduced(axes, keepDims, largest: true)
  }

  /// Whether all elements along one axis are true; the result does not have that axis, or with `keepDims` with
  /// extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func all(axis: Int, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try all(axes: [axis], keepDims: keepDims)
  }

  /// Whether all elements along several axes are true, as along one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axes exist, and none is named twice.
  @inlinable
  public func all(axes: AxisValues, keepDims: Bool = false) throws(SharedMemoryError) -> SharedArray<Bool> {
    try reduced(axes, keepDims, largest: false)
  }

  /// Of bytes, the largest is not 0 if any is true, and the smallest if all are.
  @usableFromInline
  func reduced(
    _ axes: AxisValues, _ keepDims: Bool, largest: Bool
  ) throws(SharedMemoryError) -> SharedArray<Bool> {
    let result: SharedArray<Bool> = try storage.reduced(axes, keepDims: keepDims) { lanes, results in
      if lanes.laneCount > 0 { lanes.storeExtremes(results, largest: largest, ignoringNaN: false) }
    }
    if axes.contains(where: { shape[$0] == 0 }) { result.fill(!largest) }
    // Other programs may have written bytes that are neither 0 nor 1.
    result.update { $0 }
    return result
  }

  /// Whether an element has a value, looked for piece by piece.
  @usableFromInline
  func contains(_ value: Bool) -> Bool {
    do throws(Found) {
      try storage.forEachRun { (run) throws(Found) in
        // Longer and longer pieces: an early one is found soon, and looking at all of them costs little more.
        var (start, length) = (0, 4096)
        while start < run.count {
          let count = Swift.min(length, run.count - start)
          // SAFETY: elements of the run.
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

/// Ends a traversal early.
private struct Found: Error {}
