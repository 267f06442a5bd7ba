internal import SharedMemory

extension ArrayStorage {
  /// Whether every index means the same bytes here and in a storage of the same shape.
  @inlinable
  package func isSameView<Other>(as other: ArrayStorage<Other>) -> Bool {
    // SAFETY: the addresses are only compared.
    guard unsafe UnsafeRawPointer(base) == UnsafeRawPointer(other.base) else { return false }
    if MemoryLayout<Element>.stride != MemoryLayout<Other>.stride { return false }
    return shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == other.strides[$0] }
  }

  /// Whether the two may have bytes in common, by their addresses; false only if they have none.
  @inlinable
  package func mayOverlap<Other>(_ other: ArrayStorage<Other>) -> Bool {
    addressRange.overlaps(other.addressRange) || isMappedApart(from: other)
  }

  /// Whether the other storage is the same memory mapped at another address, as when a process attaches a name
  /// twice: then addresses do not tell whether the two overlap.
  @usableFromInline
  package func isMappedApart<Other>(from other: ArrayStorage<Other>) -> Bool {
    guard let owner, let second = other.owner else { return false }
    return owner.isMappedApart(from: second)
  }

  /// Where the elements with the lowest and the highest address are, counted from the one at index 0.
  ///
  /// - Precondition: there is an element.
  @inlinable package var reach: ClosedRange<Int> {
    var (low, high) = (0, 0)
    for axis in 0..<shape.count {
      let last = (shape[axis] - 1) * strides[axis]
      if last < 0 { low += last } else { high += last }
    }
    return low...high
  }

  /// The bytes from the first to the end of the last element in memory; empty for an empty array.
  @inlinable package var addressRange: Range<UInt> {
    if shape.contains(0) { return 0..<0 }
    let reach = reach
    let start = UInt(bitPattern: unsafe base + reach.lowerBound)
    return start..<start + UInt((reach.upperBound - reach.lowerBound + 1) * MemoryLayout<Element>.stride)
  }
}
