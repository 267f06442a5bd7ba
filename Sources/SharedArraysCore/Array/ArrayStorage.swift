public import SharedArraysMemory

/// The location of the elements of an array or view: the address of the first one, the shape and
/// the strides.
///
/// Every element that an index within `shape` reaches lies in the memory of `owner`. All code that
/// creates a storage guarantees this, and all code that uses one relies on it.
@frozen
@safe public struct ArrayStorage<Element: SharedArrayElement>: @unchecked Sendable {
  // Why @unchecked: the struct is immutable, and the elements are shared with other processes in
  // any case. The program must order reads and writes of the elements, as in any shared memory.

  /// Keeps the memory mapped; nil once an array has been detached.
  @usableFromInline package var owner: MemoryOwner?
  @usableFromInline package var base: UnsafeMutablePointer<Element>
  @usableFromInline package var shape: Shape
  @usableFromInline package var strides: Strides

  @inlinable
  package init(owner: MemoryOwner?, base: UnsafeMutablePointer<Element>, shape: Shape, strides: Strides) {
    self.owner = owner
    unsafe self.base = base
    self.shape = shape
    self.strides = strides
  }

  /// Creates a storage of all elements of an owner's data, in row-major order.
  package init(owner: MemoryOwner, shape: Shape) {
    // SAFETY: the data is aligned for every element type (a mapped file's alignment is checked).
    // The code that creates the owner has checked that `shape` fits in the data. The data holds
    // elements of this type only: any bytes are a number, and the bytes of truth values are read
    // through `element`.
    unsafe self.init(
      owner: owner, base: owner.data.assumingMemoryBound(to: Element.self), shape: shape,
      strides: shape.rowMajorStrides)
  }

  @inlinable
  package var elementCount: Int { shape.product }

  /// Whether the elements are adjacent in row-major order. Axes of extent 1 do not matter, and an
  /// array without elements is contiguous.
  @inlinable
  package var isContiguous: Bool {
    if shape.hasZero { return true }
    var step = 1
    var axis = shape.rank - 1
    while axis >= 0 {
      let extent = shape.values[axis]
      if extent != 1 {
        if strides.values[axis] != step { return false }
        step *= extent
      }
      axis -= 1
    }
    return true
  }

  /// Returns the same elements with other axes.
  ///
  /// - Precondition: every index within `shape` reaches an element of this storage.
  @inlinable
  package func view(offset: Int, shape: Shape, strides: Strides) -> ArrayStorage {
    // SAFETY: by the precondition. An empty view may point anywhere, since nothing is read through
    // it.
    unsafe ArrayStorage(owner: owner, base: base + offset, shape: shape, strides: strides)
  }
}
