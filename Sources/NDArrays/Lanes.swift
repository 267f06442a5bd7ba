/// The lanes of an array: each lane is the elements of which one result is made.
///
/// The lanes of `x.sum(axis: 0)` are the columns of a matrix; the whole array is the only lane of `x.sum()`.
/// A complex array is two arrays of numbers here, one for each part.
@usableFromInline
@safe struct Lanes {
  /// The first element of the first lane.
  let base: UnsafeRawPointer
  let type: KernelType
  /// 2 for complex elements, whose imaginary part follows the real one; else 1.
  let parts: Int
  /// The axes from one lane to the next, and those from one result to the next.
  let kept: Axes<2>
  /// The axes within a lane, in the order of memory.
  let reduced: Axes<1>
  /// Where the result of the first lane is.
  let resultOffset: Int
  /// The number of elements of a lane.
  let laneCount: Int

  /// All elements as one lane.
  @usableFromInline
  init(base: UnsafeRawPointer, elementType: ElementType, shape: Shape, strides: Strides) {
    unsafe self.init(
      base: base, elementType: elementType, shape: shape, strides: strides,
      reducing: AxisSet(all: shape.count), resultStrides: Strides(repeating: 0, count: shape.count))
  }

  /// The lanes along the axes in `reducing`; `resultStrides` has the stride of the result for every other
  /// axis.
  @usableFromInline
  init(
    base: UnsafeRawPointer, elementType: ElementType, shape: Shape, strides: Strides, reducing: AxisSet,
    resultStrides: Strides
  ) {
    (type, parts) = KernelType.of(elementType)
    var kept = OrderedAxes()
    var reduced = OrderedAxes()
    laneCount = (0..<shape.count).reduce(1) { reducing.contains($1) ? $0 * shape[$1] : $0 }
    for axis in 0..<shape.count {
      if reducing.contains(axis) {
        reduced.insert(shape[axis], strides[axis] * parts, 0)
      } else {
        kept.insert(shape[axis], strides[axis] * parts, resultStrides[axis])
      }
    }
    self.kept = kept.mergedWithOther
    self.reduced = reduced.merged
    resultOffset = kept.otherOffset
    // SAFETY: the offsets lead from the first element to the one at the other end of the axes that run
    // backwards; of an empty array nothing is read.
    unsafe self.base = base + (kept.offset + reduced.offset) * type.byteCount
  }
}

/// The axes of an array over which something is reduced.
@usableFromInline
struct AxisSet {
  private var bits: UInt8

  /// The first `count` axes.
  @usableFromInline
  init(all count: Int) { bits = UInt8(truncatingIfNeeded: (1 << count) - 1) }

  /// The axes in `axes`, which must exist in an array of rank `rank` and not be named twice.
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

  /// The shape of what is left of an array; with `keepDims`, reduced axes stay with extent 1.
  @usableFromInline
  func remainder(of shape: Shape, keepDims: Bool) -> Shape {
    var result: Shape = []
    for axis in 0..<shape.count {
      if !contains(axis) { result.append(shape[axis]) } else if keepDims { result.append(1) }
    }
    return result
  }

  /// The strides of a contiguous result for the axes of the array, 0 for the reduced ones.
  @usableFromInline
  func resultStrides(_ shape: Shape, resultType: ElementType) -> Strides {
    var strides = Strides(repeating: 0, count: shape.count)
    var step = KernelType.of(resultType).parts
    for axis in (0..<shape.count).reversed() where !contains(axis) {
      strides[axis] = step
      step *= Swift.max(1, shape[axis])
    }
    return strides
  }
}
