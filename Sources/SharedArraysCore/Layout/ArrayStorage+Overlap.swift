public import SharedArraysMemory

extension ArrayStorage {
  /// Returns whether every index refers to the same bytes here and in a storage of the same shape.
  @inlinable
  package func isSameView<Other>(as other: ArrayStorage<Other>) -> Bool {
    // SAFETY: the addresses are only compared.
    guard unsafe UnsafeRawPointer(base) == UnsafeRawPointer(other.base) else { return false }
    if MemoryLayout<Element>.stride != MemoryLayout<Other>.stride { return false }
    for axis in 0..<shape.rank where strides.values[axis] != other.strides.values[axis] {
      if shape.values[axis] != 1 { return false }
    }
    return true
  }

  /// Returns whether the two have the same shape, are contiguous, and have either no bytes in
  /// common or all of them, element for element: the case that needs no further checks.
  @inlinable
  package func isApartAndContiguous(with other: ArrayStorage) -> Bool {
    guard shape == other.shape, isContiguous, other.isContiguous else { return false }
    let distance = unsafe Int(bitPattern: other.base) &- Int(bitPattern: base)
    let byteCount = elementCount &* MemoryLayout<Element>.stride
    return (distance == 0 || distance >= byteCount || -distance >= byteCount) && !isMappedApart(from: other)
  }

  /// Returns whether a write to this storage can become visible in the other one. It returns false
  /// only if the two have no bytes in common, or this one writes to a private copy.
  @inlinable
  package func mayOverlap<Other>(_ other: ArrayStorage<Other>) -> Bool {
    addressRange.overlaps(other.addressRange) || isMappedApart(from: other)
  }

  /// Returns whether a write to this storage can become visible in the other one because both map
  /// the same memory at different addresses, as when a process attaches a name twice. The addresses
  /// do not show then whether the two overlap.
  @inlinable
  package func isMappedApart<Other>(from other: ArrayStorage<Other>) -> Bool {
    guard let owner, let second = other.owner else { return false }
    return owner.isMappedApart(from: second)
  }

  /// The offsets of the elements with the lowest and the highest address from the one at index 0.
  ///
  /// - Precondition: the storage is not empty.
  @inlinable package var reach: ClosedRange<Int> {
    var (low, high) = (0, 0)
    for axis in 0..<shape.rank {
      let last = (shape.values[axis] &- 1) &* strides.values[axis]
      if last < 0 { low &+= last } else { high &+= last }
    }
    return unsafe ClosedRange(uncheckedBounds: (low, high))
  }

  /// The address range from the first to the end of the last element in memory; empty for an empty
  /// array.
  @inlinable package var addressRange: Range<UInt> {
    if shape.hasZero { return 0..<0 }
    let reach = reach
    let start = UInt(bitPattern: unsafe base + reach.lowerBound)
    return start..<start + UInt((reach.upperBound - reach.lowerBound + 1) * MemoryLayout<Element>.stride)
  }
}
