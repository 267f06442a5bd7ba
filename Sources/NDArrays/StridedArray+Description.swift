extension StridedArray {
  /// The elements in brackets, a row a line, columns aligned; of more than 1000 elements the first and last
  /// three along each axis. "[]" without elements.
  public var description: String {
    if isEmpty { return "[]" }
    let edge = count > 1000 ? 3 : Int.max
    let width = cells(edge: edge).map(\.count).max() ?? 0
    return text(axis: 0, offset: 0, indent: 1, edge: edge, width: width)
  }

  /// The texts of the elements that are shown.
  private func cells(edge: Int) -> [String] {
    var view = self
    guard edge != .max else { return toArray().map(Self.text) }
    // The shown elements are the corners; a view of the first and last indices of each axis covers them all.
    for axis in 0..<rank where view.shape[axis] > 2 * edge {
      let head = view.slice(0..<edge, axis: axis)
      let tail = view.slice(view.shape[axis] - edge..<view.shape[axis], axis: axis)
      return head.cells(edge: edge) + tail.cells(edge: edge)
    }
    view = self
    return view.toArray().map(Self.text)
  }

  private func text(axis: Int, offset: Int, indent: Int, edge: Int, width: Int) -> String {
    if axis == rank {
      // SAFETY: the offset was made from indices within the shape.
      let cell = Self.text(unsafe (storage.base + offset).element)
      return String(repeating: " ", count: Swift.max(0, width - cell.count)) + cell
    }
    let extent = shape[axis]
    let isShortened = edge != .max && extent > 2 * edge
    let shown = isShortened ? Array(0..<edge) + Array(extent - edge..<extent) : Array(0..<extent)
    var parts = shown.map {
      text(axis: axis + 1, offset: offset + $0 * strides[axis], indent: indent + 1, edge: edge, width: width)
    }
    if isShortened { parts.insert("...", at: edge) }
    let isRow = axis == rank - 1
    let newline = String(repeating: "\n", count: rank - 1 - axis) + String(repeating: " ", count: indent)
    return "[" + parts.joined(separator: isRow ? ", " : "," + newline) + "]"
  }

  private static func text(_ element: Element) -> String { "\(element)" }
}
