/// An N-dimensional array in shared memory, or a view of one, that this process can only read.
///
/// Its pages are mapped without the right to write, and no method writes. Other processes may still change
/// the elements.
@frozen
public struct ReadOnlySharedArray<Element: SharedArrayElement>: StridedArray {
  public let storage: ArrayStorage<Element>

  @inlinable
  public init(storage: ArrayStorage<Element>) { self.storage = storage }

  /// The same elements, for functions that should not write them.
  @inlinable
  public init(_ array: SharedArray<Element>) { self.storage = array.storage }
}
