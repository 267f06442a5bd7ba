internal import SharedArraysMemory

/// An N-dimensional array in shared memory, or a view of one: the operations that read, whether or
/// not the array can be written.
///
/// ``SharedArray`` and ``ReadOnlySharedArray`` conform; functions that only read take `some
/// StridedArray<Double>`.
public protocol StridedArray<Element>: Sendable, CustomStringConvertible {
  /// The type of the elements.
  associatedtype Element: SharedArrayElement

  /// The location of the elements.
  var storage: ArrayStorage<Element> { get }

  /// Creates the array with these elements.
  init(storage: ArrayStorage<Element>)
}

extension StridedArray {
  /// The extent along each axis.
  @inlinable public var shape: Shape { storage.shape }

  /// The distance in memory between neighbours along each axis, in elements; negative where an axis
  /// runs backwards.
  @inlinable public var strides: Strides { storage.strides }

  /// The number of axes, 0 to 8. An array of rank 0 has one element.
  @inlinable public var rank: Int { storage.shape.count }

  /// The number of elements.
  @inlinable public var count: Int { storage.elementCount }

  /// Whether the array has no elements.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// The number of bytes of the elements, not counting the gaps of a view.
  @inlinable public var byteCount: Int { count * MemoryLayout<Element>.stride }

  /// Whether the elements are adjacent in row-major order, as ``span`` requires.
  @inlinable public var isContiguous: Bool { storage.isContiguous }

  /// The name by which other processes attach the array; nil if it is unnamed or a mapped file.
  public var name: String? { storage.owner?.name }

  /// The number of bytes of its memory that are in huge pages; nil if this process did not create
  /// it.
  public var hugePageByteCount: Int? { storage.owner?.hugePageByteCount }

  /// Returns a copy of the elements in row-major order.
  ///
  /// - Complexity: O(n).
  @inlinable
  public func toArray() -> [Element] {
    unsafe [Element](unsafeUninitializedCapacity: count) { buffer, filled in
      storage.forEachRun { run in
        // SAFETY: all runs together have `count` elements, so the buffer has room for each.
        let target = unsafe buffer.baseAddress! + filled
        if run.stride == 1, Element.self != Bool.self {
          unsafe target.initialize(from: run.start, count: run.count)
        } else {
          for position in 0..<run.count { unsafe (target + position).initialize(to: run[position]) }
        }
        filled += run.count
      }
    }
  }

  /// The only element of an array of rank 0, or of any array with one element.
  ///
  /// - Precondition: the array has exactly one element.
  @inlinable
  public var scalar: Element {
    if count != 1 { trap("An array of shape \(shape) has \(count) elements; scalar needs exactly one.") }
    // SAFETY: the first element exists.
    return unsafe storage.base.element
  }
}
