public import SharedArraysMemory

extension ArrayStorage {
  /// Whether every index means the same bytes here and in a storage of the same shape.
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

  /// Whether the two have the same shape, are contiguous, and have no or all bytes in common, element for element: the
  /// case that needs no further thought.
  @inlinable
  package func isApartAndContiguous(with other: ArrayStorage) -> Bool {
    guard shape == other.shape, isContiguous, other.isContiguous else { return false }
    let distance = unsafe Int(bitPattern: other.base) &- Int(bitPattern: base)
    let byteCount = elementCount &* MemoryLayout<Element>.stride
    return (distance == 0 || distance >= byteCount || -distance >= byteCount) && !isMappedApart(from: other)
  }

  /// Whether what is written here may appear in the other storage; false only if the two have no bytes in common, or this
  /// one writes to a private copy.
  @inlinable
  package func mayOverlap<Other>(_ other: ArrayStorage<Other>) -> Bool {
    addressRange.overlaps(other.addressRange) || isMappedApart(from: other)
  }

  /// Whether what is written here may appear in the other storage because it is the same memory mapped at another address,
  /// as when a process attaches a name twice: then addresses do not tell whether the two overlap.
  @inlinable
  package func isMappedApart<Other>(from other: ArrayStorage<Other>) -> Bool {
    guard let owner, let second = other.owner else { return false }
    return owner.isMappedApart(from: second)
  }

  /// Where the elements with the lowest and the highest address are, counted from the one at index 0.
  ///
  /// - Precondition: there is an element.
  @inlinable package var reach: ClosedRange<Int> {
    var (low, high) = (0, 0)
    for axis in 0..<shape.rank {
      let last = (shape.values[axis] &- 1) &* strides.values[axis]
      if last < 0 { low &+= last } else { high &+= last }
    }
    return unsafe ClosedRange(uncheckedBounds: (low, high))
  }

  /// The bytes from the first to the end of the last element in memory; empty for an empty array.
  @inlinable package var addressRange: Range<UInt> {
    if shape.hasZero { return 0..<0 }
    let reach = reach
    let start = UInt(bitPattern: unsafe base + reach.lowerBound)
    return start..<start + UInt((reach.upperBound - reach.lowerBound + 1) * MemoryLayout<Element>.stride)
  }
}
