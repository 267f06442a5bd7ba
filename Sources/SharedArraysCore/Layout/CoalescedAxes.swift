/// The axes of several arrays of the same shape, with neighbouring axes merged where the memory
/// layout of all arrays allows it. Contiguous arrays become one run.
@frozen
@usableFromInline
struct CoalescedAxes<let arrays: Int> {
  @usableFromInline var extents: Shape = Shape()
  /// The strides of each array.
  @usableFromInline var strides = InlineArray<arrays, Strides>(repeating: Strides())

  /// Creates a single axis.
  @inlinable
  init(count: Int, strides: InlineArray<arrays, Int>) {
    extents = Shape(repeating: count, count: 1)
    for array in 0..<arrays { self.strides[array] = Strides(repeating: strides[array], count: 1) }
  }

  @inlinable
  init(_ shape: Shape, _ strides: InlineArray<arrays, Strides>) {
    for axis in 0..<shape.rank where shape.values[axis] != 1 {
      let extent = shape.values[axis]
      let last = extents.rank - 1
      var joins = last >= 0
      for array in 0..<arrays where joins {
        joins = self.strides[array].values[last] == strides[array].values[axis] &* extent
      }
      if joins { extents.values[last] *= extent } else { extents.append(extent) }
      for array in 0..<arrays {
        let stride = strides[array].values[axis]
        if joins { self.strides[array].values[last] = stride } else { self.strides[array].append(stride) }
      }
    }
    if extents.rank == 0 {
      extents = Shape(repeating: 1, count: 1)
      self.strides = InlineArray(repeating: Strides(repeating: 1, count: 1))
    }
  }

  /// The number of elements in each run along the innermost axis.
  @inlinable var runCount: Int { extents.values[extents.rank - 1] }

  /// Returns the distance between the elements of a run in one of the arrays, in elements.
  @inlinable
  func runStride(_ array: Int) -> Int { strides[array].values[extents.rank - 1] }

  /// Calls `body` with the offsets at which the innermost runs begin, one for each array, in
  /// row-major order.
  @inlinable @inline(__always)
  func forEachRun<Failure: Error>(
    _ body: (InlineArray<arrays, Int>) throws(Failure) -> Void
  ) throws(Failure) {
    if extents.hasZero { return }
    var index = Shape(repeating: 0, count: extents.rank - 1)
    var offsets = InlineArray<arrays, Int>(repeating: 0)
    repeat { try body(offsets) } while advance(&index, &offsets)
  }

  /// Advances from one innermost run to the next in row-major order. `index` counts along the outer
  /// axes, and `offsets` are where the run begins in each array. Returns false after the last run,
  /// with both reset to the first.
  @inlinable @inline(__always)
  func advance(_ index: inout Shape, _ offsets: inout InlineArray<arrays, Int>) -> Bool {
    var axis = extents.rank - 2
    while axis >= 0 {
      let extent = extents.values[axis]
      index.values[axis] &+= 1
      let isInside = index.values[axis] < extent
      // A step forwards, or back from the last index to the first.
      let steps = isInside ? 1 : 1 &- extent
      for array in 0..<arrays { offsets[array] &+= strides[array].values[axis] &* steps }
      if isInside { return true }
      index.values[axis] = 0
      axis -= 1
    }
    return false
  }
}
