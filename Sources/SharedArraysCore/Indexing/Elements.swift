public import SharedArraysMemory

extension StridedArray {
  /// The elements in row-major order, read lazily: nothing is copied or allocated.
  ///
  ///     for x in samples.elements where x > limit { … }
  ///     let total = matrix.transposed().elements.reduce(0, +)
  ///
  /// A loop over a ``span`` can use vector instructions. This collection works for any view, and
  /// with collection algorithms.
  @inlinable public var elements: Elements<Element> { Elements(storage) }
}

/// The elements of an array or view in row-major order. See ``StridedArray/elements``.
///
/// Iteration from first to last is fastest. Access to a position in the middle of a non-contiguous
/// view costs a division for each axis.
@frozen
public struct Elements<Element: SharedArrayElement>: RandomAccessCollection, Sendable {
  /// The elements in the same order, with the fewest axes that the memory layout allows.
  @usableFromInline let storage: ArrayStorage<Element>
  /// The number of elements.
  public let count: Int

  @inlinable
  init(_ storage: ArrayStorage<Element>) {
    let axes = CoalescedAxes<1>(storage.shape, [storage.strides])
    self.storage = storage.view(offset: 0, shape: axes.extents, strides: axes.strides[0])
    count = storage.elementCount
  }

  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { count }

  /// The element at a position of the row-major order.
  ///
  /// - Precondition: the position is in `0..<count`.
  /// - Complexity: O(rank).
  @inlinable
  public subscript(position: Int) -> Element {
    if UInt(bitPattern: position) >= UInt(bitPattern: count) { trapPosition(position, of: count) }
    // SAFETY: the position has just been checked.
    return unsafe (storage.base + storage.offset(ofPosition: position)).element
  }

  /// Calls `body` with the elements in place if they are adjacent. Returns nil for Booleans, which
  /// other programs might have written as bytes that are neither 0 nor 1.
  @inlinable
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    if !storage.isContiguous || Element.self == Bool.self { return nil }
    defer { withExtendedLifetime(storage.owner) {} }
    // SAFETY: the elements are contiguous, so `count` elements follow the first one; `storage`
    // keeps them mapped.
    return try unsafe body(UnsafeBufferPointer(start: storage.base, count: count))
  }

  @inlinable
  public func makeIterator() -> Iterator { Iterator(self) }
}

extension Elements {
  /// An iterator over the elements.
  @frozen
  @safe public struct Iterator: IteratorProtocol {
    /// Keeps the elements mapped.
    @usableFromInline let owner: MemoryOwner?
    @usableFromInline let base: UnsafeMutablePointer<Element>
    @usableFromInline var runs: RunOffsets
    @usableFromInline let runCount: Int
    @usableFromInline let stride: Int
    /// The offset of the next element of the run.
    @usableFromInline var offset = 0
    /// The number of elements left in the run.
    @usableFromInline var remaining = 0

    @inlinable
    init(_ elements: Elements) {
      owner = elements.storage.owner
      unsafe base = elements.storage.base
      let axes = CoalescedAxes<1>(elements.storage.shape, [elements.storage.strides])
      runs = RunOffsets(axes)
      runCount = axes.runCount
      stride = axes.runStride(0)
    }

    @inlinable @inline(__always)
    public mutating func next() -> Element? {
      if remaining == 0 {
        guard let start = runs.next() else { return nil }
        offset = start
        remaining = runCount
      }
      // SAFETY: the offset is that of an element of the run.
      let element = unsafe (base + offset).element
      offset &+= stride
      remaining &-= 1
      return element
    }
  }
}

/// The offsets of the innermost runs of an array, in row-major order.
@frozen
@usableFromInline
struct RunOffsets: IteratorProtocol {
  @usableFromInline let axes: CoalescedAxes<1>
  @usableFromInline var index: Shape
  @usableFromInline var offsets = InlineArray<1, Int>(repeating: 0)
  @usableFromInline var isAtEnd: Bool

  @inlinable
  init(_ axes: CoalescedAxes<1>) {
    self.axes = axes
    index = Shape(repeating: 0, count: axes.extents.rank - 1)
    isAtEnd = axes.extents.hasZero
  }

  @inlinable
  mutating func next() -> Int? {
    if isAtEnd { return nil }
    let offset = offsets[0]
    isAtEnd = !axes.advance(&index, &offsets)
    return offset
  }
}

@usableFromInline @inline(never)
func trapPosition(_ position: Int, of count: Int) -> Never {
  trap("Position \(position) is outside an array of \(count) elements.")
}
