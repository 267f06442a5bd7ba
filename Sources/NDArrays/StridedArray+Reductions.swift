extension StridedArray where Element: BinaryFloatingPoint & SIMDScalar {
  /// The sum of all elements, 0 for an empty array; NaN if one is NaN.
  ///
  /// Elements are added in the order of memory, whatever the axes, so an array, its transpose and its
  /// reversed views have the same sum to the last bit. Error: at most about `log2(n) * epsilon * sum(|x|)`
  /// (pairwise summation).
  /// - Complexity: O(n), no allocation.
  @inlinable
  public func sum() -> Element {
    var sum = PairwiseSum<Element>()
    storage.inMemoryOrder.forEachRun { run in sum.add(run) { $0 } }
    return sum.total
  }

  /// The arithmetic mean; NaN for an empty array.
  @inlinable
  public func mean() -> Element {
    // In Double, since a Float16 cannot tell how many elements there are.
    Element(Double(sum()) / Double(count))
  }

  /// The Euclidean norm: the square root of the sum of squares. Elements whose squares overflow or vanish are
  /// scaled first.
  @inlinable
  public func norm() -> Element {
    let squares = sumOfSquares(scaledBy: 1)
    if squares.isNaN { return squares }
    // Each square may have lost half of the smallest number; below this limit so many losses could tell.
    let limit = Element.leastNormalMagnitude * Element(count)
    if squares.isFinite, squares >= limit, limit > 0 { return squares.squareRoot() }
    let largest = largestMagnitude()
    if largest == 0 || !largest.isFinite { return largest }
    // A power of two scales without rounding; its square must not overflow either.
    let largestExponent = Element.greatestFiniteMagnitude.exponent / 2
    let scale = Element(sign: .plus, exponent: min(largestExponent, -largest.exponent / 2), significand: 1)
    return (sumOfSquares(scaledBy: scale * scale).squareRoot() / scale) / scale
  }

  @inlinable
  func sumOfSquares(scaledBy scale: Element) -> Element {
    var sum = PairwiseSum<Element>()
    storage.inMemoryOrder.forEachRun { run in
      sum.add(run) { eight in
        let scaled = eight * scale
        return scaled * scaled
      }
    }
    return sum.total
  }

  @inlinable
  func largestMagnitude() -> Element {
    var largest: Element = 0
    storage.inMemoryOrder.forEachRun { run in
      for position in 0..<run.count { largest = max(largest, abs(unsafe run[position])) }
    }
    return largest
  }
}

extension StridedArray where Element: SignedInteger & FixedWidthInteger {
  /// The sum of all elements as `Int`; it wraps round on overflow, as NumPy's does.
  @inlinable
  public func sum() -> Int {
    var sum = 0
    storage.inMemoryOrder.forEachRun { run in
      for position in 0..<run.count { sum &+= Int(truncatingIfNeeded: unsafe run[position]) }
    }
    return sum
  }
}

extension StridedArray where Element: UnsignedInteger & FixedWidthInteger {
  /// The sum of all elements as `UInt`; it wraps round on overflow, as NumPy's does.
  @inlinable
  public func sum() -> UInt {
    var sum: UInt = 0
    storage.inMemoryOrder.forEachRun { run in
      for position in 0..<run.count { sum &+= UInt(truncatingIfNeeded: unsafe run[position]) }
    }
    return sum
  }
}

extension StridedArray where Element: FixedWidthInteger {
  /// The arithmetic mean; NaN for an empty array. The sum behind it is exact up to 128 bits.
  @inlinable
  public func mean() -> Double {
    var sum: Int128 = 0
    storage.inMemoryOrder.forEachRun { run in
      for position in 0..<run.count { sum &+= Int128(truncatingIfNeeded: unsafe run[position]) }
    }
    return Double(sum) / Double(count)
  }

  /// The Euclidean norm: the square root of the sum of squares.
  @inlinable
  public func norm() -> Double {
    var sum = 0.0
    storage.inMemoryOrder.forEachRun { run in
      for position in 0..<run.count {
        let value = Double(unsafe run[position])
        sum += value * value
      }
    }
    return sum.squareRoot()
  }
}
