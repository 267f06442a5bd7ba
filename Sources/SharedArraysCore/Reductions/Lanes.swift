/// The lanes of an array. A lane is the set of elements that are reduced to one result.
///
/// The lanes of `x.sum(axis: 0)` are the columns of a matrix. The whole array is the only lane of
/// `x.sum()`. A complex array is treated as two arrays of numbers, one for each part.
@usableFromInline
@safe struct Lanes {
  /// The address of the first element of the first lane.
  let base: UnsafeRawPointer
  let type: KernelType
  /// The number of parts of an element: 2 for a complex element, whose imaginary part follows the
  /// real part, and 1 otherwise.
  let parts: Int
  /// The axes across lanes, with the strides between lanes and those between results.
  let kept: CoalescedAxes<2>
  /// The axes within a lane, in the order of memory.
  let reduced: CoalescedAxes<1>
  /// The offset of the result of the first lane.
  let resultOffset: Int
  /// The number of elements in a lane.
  let laneCount: Int

  /// Creates a single lane of all elements.
  @usableFromInline
  init(base: UnsafeRawPointer, elementType: ElementType, shape: Shape, strides: Strides) {
    if shape.rank == 1, strides.values[0] > 0 {
      unsafe self.init(
        base: base, elementType: elementType, count: shape.values[0], stride: strides.values[0])
    } else {
      unsafe self.init(
        base: base, elementType: elementType, shape: shape, strides: strides,
        reducing: ReducedAxes(all: shape.count), resultStrides: Strides(repeating: 0, count: shape.count))
    }
  }

  /// Creates a single lane of elements with a constant stride.
  private init(base: UnsafeRawPointer, elementType: ElementType, count: Int, stride: Int) {
    (type, parts) = KernelType.of(elementType)
    kept = CoalescedAxes(count: 1, strides: [1, 1])
    reduced = CoalescedAxes(count: count, strides: [count == 1 ? 1 : stride * parts])
    laneCount = count
    resultOffset = 0
    unsafe self.base = base
  }

  /// Creates the lanes along the axes in `reducing`. For every other axis, `resultStrides` has the
  /// stride of the result.
  @usableFromInline
  init(
    base: UnsafeRawPointer, elementType: ElementType, shape: Shape, strides: Strides, reducing: ReducedAxes,
    resultStrides: Strides
  ) {
    (type, parts) = KernelType.of(elementType)
    var kept = MemoryOrderedAxes()
    var reduced = MemoryOrderedAxes()
    var laneCount = 1
    for axis in 0..<shape.rank {
      let (extent, stride) = (shape.values[axis], strides.values[axis] * parts)
      if reducing.contains(axis) {
        laneCount *= extent
        reduced.insert(extent, stride, 0)
      } else {
        kept.insert(extent, stride, resultStrides.values[axis])
      }
    }
    self.laneCount = laneCount
    self.kept = kept.mergedWithOther
    self.reduced = reduced.merged
    resultOffset = kept.otherOffset
    // SAFETY: The offsets lead from the first element to the one at the other end of the axes with
    // negative strides. Nothing is read of an empty array.
    unsafe self.base = base + (kept.offset + reduced.offset) * type.byteCount
  }
}

/// The axes of an array along which a reduction works.
@usableFromInline
struct ReducedAxes {
  private var bits: UInt8

  /// Creates a set of the first `count` axes.
  @usableFromInline
  init(all count: Int) { bits = UInt8(truncatingIfNeeded: (1 << count) - 1) }

  /// Creates a set of the axes in `axes`. They must exist in an array of rank `rank`, and no axis
  /// may be named twice.
  @usableFromInline
  init(_ axes: AxisValues, rank: Int) {
    bits = 0
    for axis in axes {
      if axis < 0 || axis >= rank { trapAxis(axis, rank: rank) }
      if contains(axis) { trap("Axis \(axis) is named twice in \(axes).") }
      bits |= 1 << UInt8(axis)
    }
  }

  func contains(_ axis: Int) -> Bool { bits >> UInt8(axis) & 1 == 1 }

  /// Returns the shape of the result. If `keepDims` is true, the reduced axes stay with extent 1.
  @usableFromInline
  func remainder(of shape: Shape, keepDims: Bool) -> Shape {
    var result = Shape()
    for axis in 0..<shape.rank {
      if !contains(axis) { result.append(shape.values[axis]) } else if keepDims { result.append(1) }
    }
    return result
  }

  /// Returns the strides of a contiguous result for the axes of the array, with 0 for the reduced
  /// axes.
  @usableFromInline
  func resultStrides(_ shape: Shape, resultType: ElementType) -> Strides {
    var strides = Strides(repeating: 0, count: shape.count)
    var step = KernelType.of(resultType).parts
    var axis = shape.rank - 1
    while axis >= 0 {
      if !contains(axis) {
        strides.values[axis] = step
        step *= Swift.max(1, shape.values[axis])
      }
      axis -= 1
    }
    return strides
  }
}
