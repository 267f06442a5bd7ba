// One subscript for each rank: a variable-length list of indices would be an array on the heap for
// every element.
//
// SAFETY: `storage.offset` checks the rank and every index, so the offset is that of an element,
// and the storage keeps the memory mapped.

extension StridedArray {
  /// The element of an array of rank 0.
  @inlinable
  public subscript() -> Element {
    unsafe (storage.base + storage.offset()).element
  }

  /// The element at an index.
  ///
  /// - Precondition: the array has rank 1, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int) -> Element {
    unsafe (storage.base + storage.offset(i)).element
  }

  /// The element at 2 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 2, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int) -> Element {
    unsafe (storage.base + storage.offset(i, j)).element
  }

  /// The element at 3 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 3, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int) -> Element {
    unsafe (storage.base + storage.offset(i, j, k)).element
  }

  /// The element at 4 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 4, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Element {
    unsafe (storage.base + storage.offset(i, j, k, l)).element
  }

  /// The element at 5 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 5, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int) -> Element {
    unsafe (storage.base + storage.offset(i, j, k, l, m)).element
  }

  /// The element at 6 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 6, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int) -> Element {
    unsafe (storage.base + storage.offset(i, j, k, l, m, n)).element
  }

  /// The element at 7 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 7, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int, _ o: Int) -> Element {
    unsafe (storage.base + storage.offset(i, j, k, l, m, n, o)).element
  }

  /// The element at 8 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 8, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int, _ o: Int, _ p: Int) -> Element
  {
    unsafe (storage.base + storage.offset(i, j, k, l, m, n, o, p)).element
  }
}
