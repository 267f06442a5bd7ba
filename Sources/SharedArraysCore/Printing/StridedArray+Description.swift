extension StridedArray {
  /// The elements as NumPy's `str` writes them with its usual options, but truth values in Swift's words: in
  /// brackets, columns and decimal points aligned, lines of at most 75 characters; of more than 1000 elements the first
  /// and last three along each axis. "[]" without elements.
  ///
  /// Real numbers in an array are rounded to eight digits behind the point. All have an exponent if the largest is
  /// 10^8 or more (`Float`: 10^6, `Float16`: 1000), the least less than 0.0001, or one more than 1000 times another. The
  /// number in an array without axes has all its digits.
  ///
  /// The rules are those of NumPy 2.3 and later.
  public var description: String {
    if isEmpty { return "[]" }
    // SAFETY: there is an element.
    if rank == 0 { return scalarText(unsafe storage.base.element) }
    let edge = count > 1000 ? 3 : Int.max / 2
    var shown: [Element] = []
    appendShown(to: &shown, edge: edge, axis: 0, offset: 0)
    // What is written is what was read at this moment, whoever changes the elements meanwhile.
    return TextLayout.text(
      extents: shape.map { Swift.min($0, 2 * edge) }, gaps: shape.map { $0 > 2 * edge ? edge : nil },
      words: alignedTexts(shown))
  }

  /// Appends the elements that are not left out, in row-major order: of an axis longer than twice `edge`, so many at
  /// either end.
  private func appendShown(to shown: inout [Element], edge: Int, axis: Int, offset: Int) {
    if axis == rank {
      // SAFETY: the offset was made from indices within the shape.
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
