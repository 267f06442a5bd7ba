// One subscript for each rank, as for reading. The setters do not mutate the struct, which only
// holds the location of the elements. An array in a `let` can therefore be written, and every
// process that maps the segment sees the change.
//
// SAFETY: `storage.offset` checks the rank and every index, so the offset is that of an element.
// The storage keeps the memory mapped, and that of a SharedArray is mapped for writing.

extension SharedArray {
  /// The element of an array of rank 0.
  @inlinable
  public subscript() -> Element {
    get { unsafe (storage.base + storage.offset()).element }
    nonmutating set { unsafe storage.base[storage.offset()] = newValue }
  }

  /// The element at an index.
  ///
  /// - Precondition: the array has rank 1, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i)).element }
    nonmutating set { unsafe storage.base[storage.offset(i)] = newValue }
  }

  /// The element at 2 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 2, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i, j)).element }
    nonmutating set { unsafe storage.base[storage.offset(i, j)] = newValue }
  }

  /// The element at 3 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 3, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i, j, k)).element }
    nonmutating set { unsafe storage.base[storage.offset(i, j, k)] = newValue }
  }

  /// The element at 4 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 4, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i, j, k, l)).element }
    nonmutating set { unsafe storage.base[storage.offset(i, j, k, l)] = newValue }
  }

  /// The element at 5 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 5, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i, j, k, l, m)).element }
    nonmutating set { unsafe storage.base[storage.offset(i, j, k, l, m)] = newValue }
  }

  /// The element at 6 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 6, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i, j, k, l, m, n)).element }
    nonmutating set { unsafe storage.base[storage.offset(i, j, k, l, m, n)] = newValue }
  }

  /// The element at 7 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 7, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int, _ o: Int) -> Element {
    get { unsafe (storage.base + storage.offset(i, j, k, l, m, n, o)).element }
    nonmutating set {
      unsafe storage.base[storage.offset(i, j, k, l, m, n, o)] = newValue
    }
  }

  /// The element at 8 indices, the first for axis 0.
  ///
  /// - Precondition: the array has rank 8, and each index is in `0..<extent` of its axis.
  @inlinable
  public subscript(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int, _ n: Int, _ o: Int, _ p: Int) -> Element
  {
    get { unsafe (storage.base + storage.offset(i, j, k, l, m, n, o, p)).element }
    nonmutating set {
      unsafe storage.base[storage.offset(i, j, k, l, m, n, o, p)] = newValue
    }
  }
}
