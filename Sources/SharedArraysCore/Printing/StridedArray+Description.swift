extension StridedArray {
  /// The elements as NumPy's `str` writes them with its default options, except that truth values
  /// are written as in Swift. The text has brackets, aligned columns and decimal points, and lines
  /// of at most 75 characters. If the array has more than 1000 elements, the text shows the first
  /// and last three along each axis. An array without elements is "[]".
  ///
  /// Real numbers in an array are rounded to eight digits after the point. All have an exponent if
  /// the largest is 10^8 or more (`Float`: 10^6, `Float16`: 1000), if the smallest is less than
  /// 0.0001, or if one is more than 1000 times another. The number in an array without axes has all
  /// its digits.
  ///
  /// The rules are those of NumPy 2.3 and later.
  public var description: String {
    if isEmpty { return "[]" }
    // SAFETY: The array is not empty.
    if rank == 0 { return scalarText(unsafe storage.base.element) }
    let edge = count > 1000 ? 3 : Int.max / 2
    var shown: [Element] = []
    appendShown(to: &shown, edge: edge, axis: 0, offset: 0)
    // The text shows the elements as they were read here, even if another process changes them
    // later.
    return ArrayPrinter.text(
      extents: shape.map { Swift.min($0, 2 * edge) }, gaps: shape.map { $0 > 2 * edge ? edge : nil },
      words: alignedTexts(shown))
  }

  /// Appends the elements to show, in row-major order. If an axis is longer than twice `edge`,
  /// shows only the first and last `edge` indices.
  private func appendShown(to shown: inout [Element], edge: Int, axis: Int, offset: Int) {
    if axis == rank {
      // SAFETY: The offset was computed from indices within the shape.
      shown.append(unsafe (storage.base + offset).element)
      return
    }
    let extent = shape[axis]
    for index in 0..<Swift.min(extent, 2 * edge) {
      let place = index < edge ? index : index + Swift.max(0, extent - 2 * edge)
      appendShown(to: &shown, edge: edge, axis: axis + 1, offset: offset + place * strides[axis])
    }
  }
}
