public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// Returns the median: the middle one of the sorted elements, or the mean of the middle two. It
  /// is NaN if an element is NaN, and for an empty array.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``, because the elements are sorted in a
  ///   copy.
  /// - Complexity: O(n).
  @inlinable
  public func median() throws(SharedMemoryError) -> Element.MeanElement {
    try flattened().median(axis: 0).scalar
  }

  /// Returns the medians along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: The axis exists.
  @inlinable
  public func median(
    axis: Int, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    let sorted = try sorted(axis: axis)
    let extent = shape[axis]
    let middle = extent == 0 ? 0..<0 : (extent - 1) / 2..<extent / 2 + 1
    let result = try sorted.slice(middle, axis: axis).mean(axis: axis, keepDims: keepDims)
    if extent == 0 || !Element.elementType.isFloatingPoint { return result }
    // NaN elements are sorted last.
    let last = sorted.slice(extent - 1..<extent, axis: axis)
    let isNaN = try last .!= last
    try result.update(
      from: last.mean(axis: axis, keepDims: keepDims), where: keepDims ? isNaN : isNaN.squeezed(axis: axis))
    return result
  }

  /// Returns the percentile: the value that `percent` percent of the elements do not exceed. A
  /// percentile between two neighbours of the sorted elements is interpolated linearly, as in NumPy
  /// by default. It is NaN if an element is NaN.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``, because the elements are sorted in a
  ///   copy.
  /// - Precondition: `percent` is in `0...100`, and the array is not empty.
  /// - Complexity: O(n). For several percentiles, ``percentiles(_:)`` sorts only once.
  @inlinable
  public func percentile(_ percent: Double) throws(SharedMemoryError) -> Element.MeanElement {
    try percentiles([percent]).scalar
  }

  /// Returns the percentiles along one axis. The result lacks the axis, or has it with extent 1 if
  /// `keepDims` is true.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: `percent` is in `0...100`, the axis exists, and its extent is not 0 unless the
  ///   result is empty.
  @inlinable
  public func percentile(
    _ percent: Double, axis: Int, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    let result = try percentiles([percent], axis: axis).squeezed(axis: 0)
    return keepDims ? result.newAxis(at: axis) : result
  }

  /// Returns several percentiles of all elements, as an array of rank 1.
  ///
  ///     let quartiles = try x.percentiles([25, 50, 75])
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: Each percentage is in `0...100`, and the array is not empty.
  @inlinable
  public func percentiles(
    _ percents: [Double]
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    try flattened().percentiles(percents, axis: 0)
  }

  /// Returns several percentiles along one axis. Axis 0 of the result are the percentiles; the
  /// other axes of this array follow it.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Precondition: Each percentage is in `0...100`, the axis exists, and its extent is not 0
  ///   unless the result is empty.
  @inlinable
  public func percentiles(
    _ percents: [Double], axis: Int
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    let sorted = try sorted(axis: axis).movedAxis(from: axis, to: 0)
    var shape = sorted.shape
    shape[0] = percents.count
    let result = try SharedArray<Element.MeanElement>(uninitialized: shape)
    if result.isEmpty { return result }
    let extent = sorted.shape[0]
    if extent == 0 { trap("An array without elements has no percentile.") }
    // NaN elements are sorted last.
    let last = try sorted[extent - 1, .ellipsis].asDoubles()
    for (place, percent) in percents.enumerated() {
      let position = PercentilePosition(percent, of: extent)
      let lower = try sorted[position.index, .ellipsis].asDoubles()
      try lower.update(with: sorted[Swift.min(position.index + 1, extent - 1), .ellipsis].asDoubles()) {
        a, b in
        position.between(a, b)
      }
      try lower.update(with: last) { value, last in last.isNaN ? last : value }
      // SAFETY: The row is contiguous and has the same number of elements.
      unsafe lower.widen(into: result[place, .ellipsis].storage.base, as: Element.MeanElement.elementType)
    }
    return result
  }

  /// Returns the elements as a new array of `Double`.
  @inlinable
  func asDoubles() throws(SharedMemoryError) -> SharedArray<Double> {
    let result = try SharedArray<Double>(uninitialized: shape)
    // SAFETY: The result is contiguous and has the same number of elements.
    unsafe widen(into: result.storage.base, as: .float64)
    return result
  }
}

/// The position of a percentile among sorted elements.
@usableFromInline
struct PercentilePosition {
  /// The index of the element at or before the position.
  @usableFromInline let index: Int
  /// The distance from that element to the position, where 1 is the distance to the next element.
  @usableFromInline let fraction: Double

  @usableFromInline
  init(_ percent: Double, of count: Int) {
    if !(percent >= 0 && percent <= 100) { trap("A percentile must be from 0 to 100, not \(percent).") }
    let position = percent / 100 * Double(count - 1)
    index = Int(position)
    fraction = position - Double(index)
  }

  /// Returns the number between two neighbours, computed from the nearer one.
  @inlinable
  func between(_ a: Double, _ b: Double) -> Double {
    // The formula below would give NaN if the other neighbour is infinite.
    if fraction == 0 || a == b { return a }
    let difference = b - a
    return fraction < 0.5 ? a + difference * fraction : b - difference * (1 - fraction)
  }
}
