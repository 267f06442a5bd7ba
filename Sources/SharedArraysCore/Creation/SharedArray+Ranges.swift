public import SharedArraysMemory

// Element i is computed from i, so that errors do not accumulate. Types smaller than `Double` are
// computed in `Double` and rounded once.

extension SharedArray where Element: FixedWidthInteger {
  /// Returns the integers 0, 1, … below `end` as a new array of rank 1.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Complexity: O(n).
  @inlinable
  public static func arange(_ end: Element) throws(SharedMemoryError) -> SharedArray {
    try arange(from: 0, to: end, by: 1)
  }

  /// Returns the integers from `start` in steps of `step` that lie before `end`, as a new array of
  /// rank 1. The array is empty if the steps lead away from `end`.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: `step` is not 0.
  /// - Complexity: O(n).
  @inlinable
  public static func arange(
    from start: Element = 0, to end: Element, by step: Element = 1
  ) throws(SharedMemoryError) -> SharedArray {
    if step == 0 { trap("arange(from:to:by:) from \(start) to \(end) needs a step other than 0.") }
    // Magnitudes are used because they can hold every distance.
    let leadsThere = step > 0 ? start < end : start > end
    let distance = Element.Magnitude(truncatingIfNeeded: step > 0 ? end &- start : start &- end)
    let count = leadsThere ? (distance - 1) / step.magnitude + 1 : 0
    let array = try SharedArray(uninitialized: [Int(clamping: count)])
    for position in 0..<array.count {
      // SAFETY: a new array is contiguous and has `count` elements.
      unsafe array.storage.base[position] = start &+ Element(truncatingIfNeeded: position) &* step
    }
    return array
  }
}

extension SharedArray where Element: BinaryFloatingPoint {
  /// Returns the numbers 0, 1, … below `end` as a new array of rank 1.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: `end` is finite.
  /// - Complexity: O(n).
  @inlinable
  public static func arange(_ end: Element) throws(SharedMemoryError) -> SharedArray {
    try arange(from: 0, to: end, by: 1)
  }

  /// Returns the numbers `start + i * step` that lie before `end`, as a new array of rank 1. The
  /// array is empty if the steps lead away from `end`.
  ///
  /// The count is `((end - start) / step).rounded(.up)`, computed in the element type as in NumPy.
  /// Rounding can make it one more or one less than expected; ``linspace(from:to:count:)`` takes
  /// the count instead.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: `start` and `end` are finite, `step` is neither 0 nor NaN.
  /// - Complexity: O(n).
  @inlinable
  public static func arange(
    from start: Element = 0, to end: Element, by step: Element = 1
  ) throws(SharedMemoryError) -> SharedArray {
    if step == 0 { trap("arange(from:to:by:) from \(start) to \(end) needs a step other than \(step).") }
    if !start.isFinite || !end.isFinite || step.isNaN {
      trap("arange(from:to:by:) needs finite bounds and a numeric step, not \(start), \(end) and \(step).")
    }
    var steps = Double((end - start) / step)
    // The distance of two large numbers can overflow; that of their halves cannot.
    if !steps.isFinite { steps = (Double(end) / 2 - Double(start) / 2) / Double(step) * 2 }
    // If the step is infinite, or so large that the quotient is rounded to 0, only the first number
    // lies before the end.
    if steps == 0, start != end, steps.sign == .plus { steps = 1 }
    let count = Int(exactly: Swift.max(0, steps).rounded(.up)) ?? .max
    let array = try SharedArray(uninitialized: [count])
    array.storeProgression(from: Double(start), to: Double(end), by: Double(step))
    return array
  }

  /// Returns `count` evenly spaced numbers, the first `start` and the last exactly `end`, as a new
  /// array of rank 1. If `count` is 1, the number is `start`.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: `count` is not negative.
  /// - Complexity: O(n).
  @inlinable
  public static func linspace(
    from start: Element, through end: Element, count: Int
  ) throws(SharedMemoryError) -> SharedArray {
    let array = try linspace(from: start, to: end, count: count, steps: count - 1)
    if count > 1 { array[count - 1] = end }
    return array
  }

  /// Returns `count` evenly spaced numbers, the first `start`, as a new array of rank 1. The number
  /// that would follow the last one is `end`.
  ///
  /// - Throws: the errors of ``init(shape:)``.
  /// - Precondition: `count` is not negative.
  /// - Complexity: O(n).
  @inlinable
  public static func linspace(
    from start: Element, to end: Element, count: Int
  ) throws(SharedMemoryError) -> SharedArray {
    try linspace(from: start, to: end, count: count, steps: count)
  }

  /// Returns `count` evenly spaced numbers; `end` is `steps` steps after `start`.
  @inlinable
  static func linspace(
    from start: Element, to end: Element, count: Int, steps: Int
  ) throws(SharedMemoryError) -> SharedArray {
    if count < 0 { trap("linspace from \(start) to \(end) needs a count of at least 0, not \(count).") }
    let array = try SharedArray(uninitialized: [count])
    let (first, last, divisor) = (Double(start), Double(end), Double(steps))
    let distance = last - first
    let step = distance.isFinite ? distance / divisor : last / divisor - first / divisor
    array.storeProgression(from: first, to: last, by: step)
    return array
  }

  /// Stores the numbers `start + i * step`, none of which lies beyond `end`, in a new array.
  @inlinable
  func storeProgression(from start: Double, to end: Double, by step: Double) {
    let count = count
    // If the distance of the ends overflows, a product can overflow too although its sum with
    // `start` does not.
    let isWide = start.isFinite && end.isFinite && !(end - start).isFinite
    for position in 0..<count {
      let factor = Double(position)
      let number = isWide ? start.addingProduct(factor, step) : start + factor * step
      // SAFETY: a new array is contiguous and has `count` elements.
      unsafe storage.base[position] = Element(number)
    }
    // The first element is set separately because 0 times an infinite step is NaN.
    if count > 0 { unsafe storage.base[0] = Element(start) }
  }
}
