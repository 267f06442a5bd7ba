public import ComplexModule
public import RealModule

extension StridedArray {
  /// Returns whether another array has the same shape, and the same elements at the same indices.
  ///
  /// NaN equals nothing, not even itself, and complex numbers are equal if both of their parts are,
  /// as in NumPy.
  ///
  /// - Complexity: O(n) at most, no allocation; it ends soon after the first difference.
  @inlinable
  public func elementsEqual(_ other: some StridedArray<Element>) -> Bool {
    shape == other.shape && storage.allSatisfy(with: other.storage) { Element.areEqual($0, $1) }
  }
}

extension SharedArrayElement {
  /// Returns whether two elements are equal in NumPy's sense. `Complex` itself treats all numbers
  /// that are not finite as equal.
  @inlinable @inline(__always)
  static func areEqual(_ a: Self, _ b: Self) -> Bool {
    // SAFETY: each cast is from a type to itself.
    if Self.self == Complex<Double>.self {
      return unsafe Complex<Double>.haveEqualParts(
        unsafeBitCast(a, to: Complex<Double>.self), unsafeBitCast(b, to: Complex<Double>.self))
    }
    if Self.self == Complex<Float>.self {
      return unsafe Complex<Float>.haveEqualParts(
        unsafeBitCast(a, to: Complex<Float>.self), unsafeBitCast(b, to: Complex<Float>.self))
    }
    return a == b
  }
}

extension Complex where RealType: ComplexPart {
  @inlinable @inline(__always)
  static func haveEqualParts(_ a: Complex, _ b: Complex) -> Bool {
    a.rawStorage.x == b.rawStorage.x && a.rawStorage.y == b.rawStorage.y
  }
}

/// The error that ends a traversal of two arrays at a pair of elements that fails a test.
@frozen
@usableFromInline
struct Mismatch: Error {
  @inlinable
  init() {}
}

extension ArrayStorage {
  /// Returns whether `test` holds for the elements of this and the other storage at each index.
  ///
  /// - Precondition: both have the same shape.
  @inlinable @inline(__always)
  func allSatisfy(with other: ArrayStorage, _ test: (Element, Element) -> Bool) -> Bool {
    do throws(Mismatch) {
      try forEachRun(with: other) { (a, b) throws(Mismatch) in
        if !Run.allSatisfy(a, b, test) { throw Mismatch() }
      }
      return true
    } catch {
      return false
    }
  }
}

extension Run {
  /// Returns whether `test` holds for all pairs of elements of two runs of the same length.
  @inlinable @inline(__always)
  static func allSatisfy(_ a: Run, _ b: Run, _ test: (Element, Element) -> Bool) -> Bool {
    if a.stride == 1, b.stride == 1 {
      // The compiler can use vector instructions if it knows the strides.
      let (a, b) = unsafe (
        Run(start: a.start, count: a.count, stride: 1), Run(start: b.start, count: a.count, stride: 1)
      )
      return allSatisfyInBlocks(a, b, test)
    }
    return allSatisfyInBlocks(a, b, test)
  }

  /// Returns the same as `allSatisfy`, a block at a time; within a block no test depends on the
  /// result of the previous one.
  @inlinable @inline(__always)
  static func allSatisfyInBlocks(_ a: Run, _ b: Run, _ test: (Element, Element) -> Bool) -> Bool {
    var position = 0
    while position < a.count {
      let end = Swift.min(position &+ 256, a.count)
      var failures = 0
      while position < end {
        // SAFETY: the position is within both runs.
        failures &+= unsafe test(a[position], b[position]) ? 0 : 1
        position &+= 1
      }
      if failures != 0 { return false }
    }
    return true
  }
}
