// One function for each rank, without a loop: the compiler inlines them and hoists the invariant
// parts out of the caller's loops. A variable-length list of indices would cost an array on the
// heap for every element.

extension ArrayStorage {
  /// Returns the offset of the element of an array of rank 0 from the first one.
  @inlinable
  func offset() -> Int {
    requireRank(0)
    return 0
  }

  /// Returns the offset of an element of an array of rank 1.
  @inlinable
  func offset(_ i: Int) -> Int {
    requireRank(1)
    return step(i, 0)
  }

  /// Returns the offset of an element of an array of rank 2.
  @inlinable
  func offset(_ i: Int, _ j: Int) -> Int {
    requireRank(2)
    return step(i, 0) &+ step(j, 1)
  }

  /// Returns the offset of an element of an array of rank 3.
  @inlinable
  func offset(_ i: Int, _ j: Int, _ k: Int) -> Int {
    requireRank(3)
    return step(i, 0) &+ step(j, 1) &+ step(k, 2)
  }

  /// Returns the offset of an element of an array of rank 4.
  @inlinable
  func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Int {
    requireRank(4)
    return step(i, 0) &+ step(j, 1) &+ step(k, 2) &+ step(l, 3)
  }

  /// Returns the offset of an element of an array of rank 5.
  @inlinable
  func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int) -> Int {
    requireRank(5)
    return step(i, 0) &+ step(j, 1) &+ step(k, 2) &+ step(l, 3) &+ step(m, 4)
  }

  /// Returns the offset of an element of an array of rank 6.
  @inlinable
  func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int) -> Int {
    requireRank(6)
    return step(i, 0) &+ step(j, 1) &+ step(k, 2) &+ step(l, 3) &+ step(m, 4) &+ step(n, 5)
  }

  /// Returns the offset of an element of an array of rank 7.
  @inlinable
  func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int, _ o: Int) -> Int {
    requireRank(7)
    return step(i, 0) &+ step(j, 1) &+ step(k, 2) &+ step(l, 3) &+ step(m, 4) &+ step(n, 5) &+ step(o, 6)
  }

  /// Returns the offset of an element of an array of rank 8.
  @inlinable
  func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int, _ o: Int, _ p: Int) -> Int {
    requireRank(8)
    return step(i, 0) &+ step(j, 1) &+ step(k, 2) &+ step(l, 3)
      &+ step(m, 4) &+ step(n, 5) &+ step(o, 6) &+ step(p, 7)
  }

  @inlinable @inline(__always)
  func requireRank(_ count: Int) {
    if count != shape.rank { trapIndexCount(count, rank: shape.rank) }
  }

  /// Returns the part of the offset that an index contributes, after checking that it is within its
  /// axis.
  @inlinable @inline(__always)
  func step(_ index: Int, _ axis: Int) -> Int {
    // A negative index, taken as unsigned, is larger than any extent: one comparison checks both
    // bounds.
    if UInt(bitPattern: index) >= UInt(bitPattern: shape.values[axis]) {
      trapIndex(index, axis: axis, extent: shape.values[axis])
    }
    return index &* strides.values[axis]
  }
}
