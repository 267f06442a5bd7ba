public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// Returns a new array of rank 1 with the distinct elements in ascending order. All NaN elements
  /// count as one, which comes last.
  ///
  /// - Throws: The errors of ``SharedArray/init(shape:)``.
  /// - Complexity: O(n). The elements are sorted by a radix sort.
  @inlinable
  public func unique() throws(SharedMemoryError) -> SharedArray<Element> {
    let sorted = try sorted()
    if sorted.isEmpty { return sorted }
    let elements = unsafe sorted.storage.base
    var count = 1
    for place in 1..<sorted.count {
      // SAFETY: `place` is less than the number of elements, and `count` is at most `place`.
      let (element, previous) = unsafe (elements[place], elements[count - 1])
      if element == previous || element != element && previous != previous { continue }
      unsafe elements[count] = element
      count += 1
    }
    return count == sorted.count ? sorted : try sorted[..<count].copy()
  }
}
