public import SharedArraysMemory

extension StridedArray where Element: OrderedElement {
  /// The distinct elements in ascending order, as a new array of rank 1. NaN comes last, and counts as one element.
  ///
  /// - Throws: as ``SharedArray/init(shape:)``.
  /// - Complexity: O(n).
  @inlinable
  public func uniqued() throws(SharedMemoryError) -> SharedArray<Element> {
    let sorted = try sorted()
    if sorted.isEmpty { return sorted }
    let elements = unsafe sorted.storage.base
    var count = 1
    for place in 1..<sorted.count {
      // SAFETY: the places are those of the elements, of which `count` are no more than have been read.
      let (element, previous) = unsafe (elements[place], elements[count - 1])
      if element == previous || element != element && previous != previous { continue }
      unsafe elements[count] = element
      count += 1
    }
    return count == sorted.count ? sorted : try sorted[..<count].copy()
  }
}
