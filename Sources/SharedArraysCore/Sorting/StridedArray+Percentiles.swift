public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// The median: of the sorted elements the middle one, or the mean of the middle two; NaN if an element is, and for an
  /// empty array.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``, since the elements are sorted in a copy.
  /// - Complexity: O(n).
  @inlinable
  public func median() throws(SharedMemoryError) -> Element.MeanElement {
    try flattened().median(axis: 0).scalar
  }

  /// The medians along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: the axis exists.
  @inlinable
  public func median(
    axis: Int, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    let sorted = try sorted(axis: axis)
    let extent = shape[axis]
    let middle = extent == 0 ? 0..<0 : (extent - 1) / 2..<extent / 2 + 1
    let result = try sorted.slice(middle, axis: axis).mean(axis: axis, keepDims: keepDims)
    if extent == 0 || !Element.elementType.isFloatingPoint { return result }
    // NaN comes last.
    let last = sorted.slice(extent - 1..<extent, axis: axis)
    let isNaN = try last .!= last
    try result.update(
      from: last.mean(axis: axis, keepDims: keepDims), where: keepDims ? isNaN : isNaN.squeezed(axis: axis))
    return result
  }

  /// The percentile: what `percent` of 100 of the elements are not larger than. Between two neighbours of the sorted
  /// elements it is interpolated linearly, as NumPy does by default; NaN if an element is.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``, since the elements are sorted in a copy.
  /// - Precondition: `percent` is in `0...100`, and the array is not empty.
  /// - Complexity: O(n). For several percentiles ``percentiles(_:)`` sorts once.
  @inlinable
  public func percentile(_ percent: Double) throws(SharedMemoryError) -> Element.MeanElement {
    try percentiles([percent]).scalar
  }

  /// The percentiles along one axis, which the result does not have; with `keepDims`, it has extent 1.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: `percent` is in `0...100`, the axis exists, and its extent is not 0 unless the result is empty.
  @inlinable
  public func percentile(
    _ percent: Double, axis: Int, keepDims: Bool = false
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    let result = try percentiles([percent], axis: axis).squeezed(axis: 0)
    return keepDims ? result.newAxis(at: axis) : result
  }

  /// Several percentiles of all elements, as an array of rank 1.
  ///
  ///     let quartiles = try x.percentiles([25, 50, 75])
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: each is in `0...100`, and the array is not empty.
  @inlinable
  public func percentiles(
    _ percents: [Double]
  ) throws(SharedMemoryError) -> SharedArray<Element.MeanElement> {
    try flattened().percentiles(percents, axis: 0)
  }

  /// Several percentiles along one axis, as an array in which they are axis 0, followed by the other axes of this one.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Precondition: each is in `0...100`, the axis exists, and its extent is not 0 unless the result is empty.
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
    // NaN comes last.
    let last = try sorted[extent - 1, .rest].asDoubles()
    for (place, percent) in percents.enumerated() {
      let position = PercentilePosition(percent, of: extent)
      let lower = try sorted[position.index, .rest].asDoubles()
      try lower.update(with: sorted[Swift.min(position.index + 1, extent - 1), .rest].asDoubles()) { a, b in
        position.between(a, b)
      }
      try lower.update(with: last) { value, last in last.isNaN ? last : value }
      // SAFETY: the row has as many elements, next to each other.
      unsafe lower.widen(into: result[place, .rest].storage.base, as: Element.MeanElement.elementType)
    }
    return result
  }

  /// The elements as a new array of `Double`.
  @inlinable
  func asDoubles() throws(SharedMemoryError) -> SharedArray<Double> {
    let result = try SharedArray<Double>(uninitialized: shape)
    // SAFETY: the result has as many elements, next to each other.
    unsafe widen(into: result.storage.base, as: .float64)
    return result
  }
}

/// Where a percentile is among sorted elements.
@usableFromInline
struct PercentilePosition {
  /// The index of the element before it.
  @usableFromInline let index: Int
  /// How far it is from there to the next one.
  @usableFromInline let fraction: Double

  @usableFromInline
  init(_ percent: Double, of count: Int) {
    if !(percent >= 0 && percent <= 100) { trap("A percentile is from 0 to 100, not \(percent).") }
    let position = percent / 100 * Double(count - 1)
    index = Int(position)
    fraction = position - Double(index)
  }

  /// The number between two, computed from the nearer one.
  @inlinable
  func between(_ a: Double, _ b: Double) -> Double {
    // Otherwise an infinity beside the element would make NaN of it.
    if fraction == 0 || a == b { return a }
    let difference = b - a
    return fraction < 0.5 ? a + difference * fraction : b - difference * (1 - fraction)
  }
}
