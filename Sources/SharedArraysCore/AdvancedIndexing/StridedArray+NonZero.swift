public import SharedArraysMemory

extension StridedArray {
  /// Returns the indices of the elements that are not zero, or that are true, as an array of shape
  /// `[n, rank]`: a row for each element, in row-major order.
  ///
  /// - Throws: the errors of ``SharedArray/init(shape:)``.
  /// - Complexity: O(elements · rank).
  public func nonZeroIndices() throws(SharedMemoryError) -> SharedArray<Int> {
    let isNonZero = try isNonZero()
    let result = try SharedArray<Int>(uninitialized: [isNonZero.storage.trueCount, rank])
    var (row, index) = (0, Shape(repeating: 0, count: rank))
    var cells = result.mutableSpan
    for position in 0..<count {
      if isNonZero.span[position], row < result.shape[0] {
        for axis in 0..<rank { cells[row * rank + axis] = index[axis] }
        row += 1
      }
      var axis = rank - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    return result
  }

  private func isNonZero() throws(SharedMemoryError) -> SharedArray<Bool> {
    let zero = unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { memory in
      // SAFETY: bytes of 0 are the element 0 of every type.
      unsafe UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: 0)
      return unsafe memory[0]
    }
    return try related(.unequal, zero)
  }
}
