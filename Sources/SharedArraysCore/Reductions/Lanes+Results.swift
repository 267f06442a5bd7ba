public import SharedArraysMemory

/// Where the results of lanes go.
@usableFromInline
@safe struct LaneResults {
  /// The result of the first lane in the order of the array.
  let base: UnsafeMutableRawPointer
  let type: ElementType

  @usableFromInline
  init(base: UnsafeMutableRawPointer, type: ElementType) {
    unsafe self.base = base
    self.type = type
  }

  /// Rounds numbers to the type of the results and stores them, from `offset` on, at a distance.
  func store(_ values: UnsafePointer<Double>, count: Int, at offset: Int, stride: Int) {
    // SAFETY: the lanes and the results have been made for each other, so every result is within its array.
    switch type {
    case .float16:
      let target = unsafe base.assumingMemoryBound(to: Float16.self) + offset
      for lane in 0..<count { unsafe target[lane * stride] = Float16(values[lane]) }
    case .float32, .complex64:
      let target = unsafe base.assumingMemoryBound(to: Float.self) + offset
      for lane in 0..<count { unsafe target[lane * stride] = Float(values[lane]) }
    default:
      let target = unsafe base.assumingMemoryBound(to: Double.self) + offset
      for lane in 0..<count { unsafe target[lane * stride] = values[lane] }
    }
  }

  /// Stores integers of 64 bits, from `offset` on, at a distance.
  func store(_ values: UnsafePointer<Int64>, count: Int, at offset: Int, stride: Int) {
    // SAFETY: as above.
    let target = unsafe base.assumingMemoryBound(to: Int64.self) + offset
    for lane in 0..<count { unsafe target[lane * stride] = values[lane] }
  }
}

extension ArrayStorage {
  /// What `body` makes of all elements.
  @inlinable
  func reduced<Result: SharedArrayElement>(
    to type: Result.Type = Result.self, _ body: (Lanes, LaneResults) -> Void
  ) -> Result {
    // A contiguous array is one axis.
    if shape.rank != 1, isContiguous {
      let flat = view(
        offset: 0, shape: Shape(repeating: elementCount, count: 1), strides: Strides(repeating: 1, count: 1))
      return flat.reduced(to: type, body)
    }
    return unsafe withUnsafeTemporaryAllocation(of: Result.self, capacity: 1) { memory in
      // SAFETY: `body` writes the result of the only lane, which is all of `memory`; the largest of truth values
      // has the byte that stood in the array.
      body(
        unsafe Lanes(
          base: UnsafeRawPointer(base), elementType: Element.elementType, shape: shape, strides: strides),
        unsafe LaneResults(base: UnsafeMutableRawPointer(memory.baseAddress!), type: Result.elementType))
      return unsafe memory.baseAddress!.element
    }
  }

  /// A new array of what `body` makes of the elements along `axes`.
  @inlinable
  func reduced<Result: SharedArrayElement>(
    _ axes: AxisValues, keepDims: Bool, to type: Result.Type = Result.self,
    _ body: (Lanes, LaneResults) -> Void
  ) throws(SharedMemoryError) -> SharedArray<Result> {
    let reducing = AxisSet(axes, rank: shape.count)
    let result = try SharedArray<Result>(uninitialized: reducing.remainder(of: shape, keepDims: keepDims))
    let resultStrides = reducing.resultStrides(shape, resultType: Result.elementType)
    // SAFETY: the result has an element for each lane, at these strides.
    body(
      unsafe Lanes(
        base: UnsafeRawPointer(base), elementType: Element.elementType, shape: shape, strides: strides,
        reducing: reducing, resultStrides: resultStrides),
      unsafe LaneResults(base: UnsafeMutableRawPointer(result.storage.base), type: Result.elementType))
    return result
  }
}
