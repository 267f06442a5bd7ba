public import SharedArraysMemory

extension SharedArray {
  /// Creates an array on the bytes of a block, in row-major order, without copying them.
  ///
  ///     let block = try SharedBlock.create("table", byteCount: 2048)
  ///     let x = try SharedArray<Double>(on: block, shape: [256])
  ///     let head = try SharedArray<Double>(on: block, shape: [4, 8])  // the first 32 of them
  ///
  /// Several arrays, also of different element types, can share a block. Each keeps it mapped.
  ///
  /// - Parameters:
  ///   - block: A block created by Swift or by Python.
  ///   - shape: The extent along each axis; `[]` creates an array of one element.
  ///   - byteOffset: The offset of the first element from the start of the block, in bytes.
  /// - Throws: ``SharedMemoryError`` with code `tooSmall` and both sizes if the block ends before
  ///   the last element, `misaligned` if the offset is not a multiple of the element's alignment,
  ///   `tooLarge` if the number of bytes overflows.
  /// - Precondition: no extent is negative, and neither is the offset; the block has not been
  ///   detached.
  /// - Complexity: O(1), no allocation.
  public init(on block: SharedBlock, shape: Shape, byteOffset: Int = 0) throws(SharedMemoryError) {
    storage = try ArrayStorage(on: block.memory, shape: shape, byteOffset: byteOffset)
  }
}

extension ReadOnlySharedArray {
  /// Creates a read-only array on the bytes of a block that this process can only read.
  ///
  /// - Throws: the same errors as ``SharedArray/init(on:shape:byteOffset:)``.
  /// - Precondition: no extent is negative, and neither is the offset.
  public init(on block: ReadOnlySharedBlock, shape: Shape, byteOffset: Int = 0) throws(SharedMemoryError) {
    storage = try ArrayStorage(on: block.memory, shape: shape, byteOffset: byteOffset)
  }

  /// Creates a read-only array on the bytes of a block.
  ///
  /// - Throws: the same errors as ``SharedArray/init(on:shape:byteOffset:)``.
  /// - Precondition: no extent is negative, and neither is the offset; the block has not been
  ///   detached.
  public init(on block: SharedBlock, shape: Shape, byteOffset: Int = 0) throws(SharedMemoryError) {
    storage = try ArrayStorage(on: block.memory, shape: shape, byteOffset: byteOffset)
  }
}

extension ArrayStorage {
  fileprivate init(on memory: BlockMemory?, shape: Shape, byteOffset: Int) throws(SharedMemoryError) {
    guard let memory else { trap("An array cannot be created on a detached block.") }
    shape.requireExtents()
    if byteOffset < 0 { trap("The byteOffset of an array on a block must be at least 0, not \(byteOffset).") }
    let type = Element.elementType.name
    guard let needed = shape.checkedByteCount(elementByteCount: MemoryLayout<Element>.stride) else {
      let detail = "shape \(shape) of \(type) on a block of \(memory.byteCount) bytes"
      throw SharedMemoryError(.tooLarge, name: memory.name, detail: detail)
    }
    guard byteOffset <= memory.byteCount, needed <= memory.byteCount - byteOffset else {
      let place = byteOffset == 0 ? "" : " from byte \(byteOffset) on"
      let detail =
        "shape \(shape) of \(type) needs \(needed) bytes\(place), the block has \(memory.byteCount)"
      throw SharedMemoryError(.tooSmall, name: memory.name, detail: detail)
    }
    guard byteOffset % MemoryLayout<Element>.alignment == 0 else {
      let detail =
        "byte \(byteOffset) is not a multiple of the alignment of \(type), \(MemoryLayout<Element>.alignment)"
      throw SharedMemoryError(.misaligned, name: memory.name, detail: detail)
    }
    // SAFETY: the block's mapping starts at a page boundary, so the offset decides the alignment;
    // `needed` bytes follow it, and any bytes are a value of an element type.
    unsafe self.init(
      owner: memory, base: (memory.data + byteOffset).assumingMemoryBound(to: Element.self), shape: shape,
      strides: shape.rowMajorStrides)
  }
}
