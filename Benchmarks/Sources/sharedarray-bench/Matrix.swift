/// A matrix in allocated memory, aligned to a cache line, as a C program would allocate it.
final class Matrix<Element: BitwiseCopyable> {
  let elements: UnsafeMutableBufferPointer<Element>

  var address: UnsafeMutablePointer<Element> { elements.baseAddress! }

  /// Creates a matrix whose element at each row-major index is `fill(index)`.
  init(rows: Int, columns: Int, fill: (Int) -> Element) {
    let count = rows * columns
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
    elements = bytes.bindMemory(to: Element.self)
    for index in 0..<count { elements.initializeElement(at: index, to: fill(index)) }
  }

  deinit {
    elements.deallocate()
  }
}
