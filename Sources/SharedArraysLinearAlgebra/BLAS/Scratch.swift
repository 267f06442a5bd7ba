internal import SharedArraysCore
internal import SharedArraysMemory

/// Memory for packed copies and workspaces, freed with the last reference.
///
/// Small blocks come from the heap, because a segment costs system calls that take as long as the
/// product of two matrices of 100 rows. Large blocks are segments, which use huge pages and report
/// insufficient memory as an error instead of ending the process.
final class Scratch<Element: SharedArrayElement> {
  let storage: ArrayStorage<Element>

  private static var largestHeapByteCount: Int { 1 << 17 }

  /// Creates a contiguous array of undefined elements.
  ///
  /// - Throws: `insufficientMemory` with the cause.
  init(shape: Shape) throws(LinearAlgebraError) {
    if let count = shape.checkedProduct(), count <= Self.largestHeapByteCount / MemoryLayout<Element>.stride {
      // SAFETY: The allocation has room for the elements, and any bytes are a value of an element
      // type.
      storage = unsafe ArrayStorage(
        owner: nil, base: .allocate(capacity: count), shape: shape, strides: shape.rowMajorStrides)
    } else {
      storage = try newArray(shape: shape).storage
    }
  }

  deinit {
    // SAFETY: A storage without an owner uses the memory that `init` allocated, and no reference to
    // the storage outlives this object.
    if storage.owner == nil { unsafe storage.base.deallocate() }
  }
}

/// Creates an array for a result.
///
/// - Throws: `insufficientMemory` with the cause.
func newArray<Element: SharedArrayElement>(shape: Shape) throws(LinearAlgebraError) -> SharedArray<Element> {
  do throws(SharedMemoryError) { return try SharedArray(shape: shape) } catch {
    throw LinearAlgebraError(.insufficientMemory, "shape \(shape)", underlying: error)
  }
}
