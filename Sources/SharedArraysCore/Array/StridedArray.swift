internal import SharedArraysMemory

/// An N-dimensional array in shared memory, or a view of one: what can be read without regard to who may
/// write.
///
/// ``SharedArray`` and ``ReadOnlySharedArray`` conform; functions that only read take `some
/// StridedArray<Double>`.
public protocol StridedArray<Element>: Sendable, CustomStringConvertible {
  /// The type of the elements.
  associatedtype Element: SharedArrayElement

  /// Where the elements are.
  var storage: ArrayStorage<Element> { get }

  /// The array with these elements.
  init(storage: ArrayStorage<Element>)
}

extension StridedArray {
  /// The extent along each axis.
  @inlinable public var shape: Shape { storage.shape }

  /// How many elements of memory lie between neighbours along each axis; negative where an axis runs
  /// backwards.
  @inlinable public var strides: Strides { storage.strides }

  /// The number of axes, 0 to 8. An array of rank 0 has one element.
  @inlinable public var rank: Int { storage.shape.count }

  /// The number of elements.
  @inlinable public var count: Int { storage.elementCount }

  /// Whether there is no element.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// The bytes of the elements, gaps of a view not counted.
  @inlinable public var byteCount: Int { count * MemoryLayout<Element>.stride }

  /// Whether the elements stand one after the other in row-major order, as ``span`` needs.
  @inlinable public var isContiguous: Bool { storage.isContiguous }

  /// The name other processes attach it by; nil if it is unnamed or a mapped file.
  public var name: String? { storage.owner?.name }

  /// Bytes of its memory that lie in huge pages; nil if this process did not create it.
  public var hugePageByteCount: Int? { storage.owner?.hugePageByteCount }

  /// The elements in row-major order, copied.
  ///
  /// - Complexity: O(n).
  @inlinable
  public func toArray() -> [Element] {
    unsafe [Element](unsafeUninitializedCapacity: count) { buffer, filled in
      storage.forEachRun { run in
        // SAFETY: all runs together have `count` elements, so there is room for each.
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
  /// - Precondition: there is exactly one element.
  @inlinable
  public var scalar: Element {
    if count != 1 { trap("An array of shape \(shape) has \(count) elements; scalar needs exactly one.") }
    // SAFETY: the first element exists.
    return unsafe storage.base.element
  }
}
