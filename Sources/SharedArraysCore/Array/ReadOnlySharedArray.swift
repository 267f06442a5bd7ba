/// An N-dimensional array in shared memory, or a view of one, that this process can only read.
///
/// Its pages are mapped without write permission, and no method writes. Other processes can still
/// change the elements.
@frozen
public struct ReadOnlySharedArray<Element: SharedArrayElement>: StridedArray {
  public let storage: ArrayStorage<Element>

  @inlinable
  public init(storage: ArrayStorage<Element>) { self.storage = storage }

  /// Creates an array of the same elements, for functions that should not write them.
  @inlinable
  public init(_ array: SharedArray<Element>) { self.storage = array.storage }
}
