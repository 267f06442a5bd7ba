internal import SharedArraysCore
internal import SharedArraysMemory

/// Memory for packed copies and workspaces, freed with the last reference.
///
/// Small ones come from the heap, since a segment costs system calls that take as long as multiplying two
/// matrices of 100 rows. Large ones are segments: those have huge pages, and running out of memory is an
/// error and not the end of the process.
final class Scratch<Element: SharedArrayElement> {
  let storage: ArrayStorage<Element>

  private static var largestHeapByteCount: Int { 1 << 17 }

  /// A contiguous array of undefined elements.
  ///
  /// - Throws: `memory` with the cause.
  init(shape: Shape) throws(LinearAlgebraError) {
    if let count = shape.checkedProduct(), count <= Self.largestHeapByteCount / MemoryLayout<Element>.stride {
      // SAFETY: there is room for the elements, and any bytes are a value of an element type.
      storage = unsafe ArrayStorage(
        owner: nil, base: .allocate(capacity: count), shape: shape, strides: shape.rowMajorStrides)
    } else {
      storage = try newArray(shape: shape).storage
    }
  }

  deinit {
    // SAFETY: without an owner, the memory is what `init` has allocated; nobody keeps the storage longer.
    if storage.owner == nil { unsafe storage.base.deallocate() }
  }
}

/// A new array for a result.
///
/// - Throws: `memory` with the cause.
func newArray<Element: SharedArrayElement>(shape: Shape) throws(LinearAlgebraError) -> SharedArray<Element> {
  do throws(SharedMemoryError) { return try SharedArray(shape: shape) } catch {
    throw LinearAlgebraError(.memory, "shape \(shape)", underlying: error)
  }
}
