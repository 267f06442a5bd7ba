public import SharedArraysMemory

/// The memory that receives the results of lanes.
@usableFromInline
@safe struct LaneResults {
  /// The address of the result of the first lane in the order of the array.
  let base: UnsafeMutableRawPointer
  let type: ElementType

  @usableFromInline
  init(base: UnsafeMutableRawPointer, type: ElementType) {
    unsafe self.base = base
    self.type = type
  }

  /// Rounds numbers to the type of the results and stores them from `offset` on, with a stride.
  func store(_ values: UnsafePointer<Double>, count: Int, at offset: Int, stride: Int) {
    // SAFETY: The lanes and the results were created for the same shape, so every result is within
    // its array.
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

  /// Stores 64-bit integers from `offset` on, with a stride.
  func store(_ values: UnsafePointer<Int64>, count: Int, at offset: Int, stride: Int) {
    // SAFETY: Every result is within its array, as in the method above.
    let target = unsafe base.assumingMemoryBound(to: Int64.self) + offset
    for lane in 0..<count { unsafe target[lane * stride] = values[lane] }
  }
}

extension ArrayStorage {
  /// Returns the result that `body` computes from all elements.
  @inlinable
  func reduced<Result: SharedArrayElement>(
    to type: Result.Type = Result.self, _ body: (Lanes, LaneResults) -> Void
  ) -> Result {
    // A contiguous array is reduced as a single axis.
    if shape.rank != 1, isContiguous {
      let flat = view(
        offset: 0, shape: Shape(repeating: elementCount, count: 1), strides: Strides(repeating: 1, count: 1))
      return flat.reduced(to: type, body)
    }
    return unsafe withUnsafeTemporaryAllocation(of: Result.self, capacity: 1) { memory in
      // SAFETY: `body` writes the result of the only lane, which fills `memory`. The maximum of
      // Booleans is a byte copied from the array.
      body(
        unsafe Lanes(
          base: UnsafeRawPointer(base), elementType: Element.elementType, shape: shape, strides: strides),
        unsafe LaneResults(base: UnsafeMutableRawPointer(memory.baseAddress!), type: Result.elementType))
      return unsafe memory.baseAddress!.element
    }
  }

  /// Returns a new array of the results that `body` computes from the elements along `axes`.
  @inlinable
  func reduced<Result: SharedArrayElement>(
    _ axes: AxisValues, keepDims: Bool, to type: Result.Type = Result.self,
    _ body: (Lanes, LaneResults) -> Void
  ) throws(SharedMemoryError) -> SharedArray<Result> {
    let reducing = ReducedAxes(axes, rank: shape.count)
    let result = try SharedArray<Result>(uninitialized: reducing.remainder(of: shape, keepDims: keepDims))
    let resultStrides = reducing.resultStrides(shape, resultType: Result.elementType)
    // SAFETY: The result has an element for each lane, at these strides.
    body(
      unsafe Lanes(
        base: UnsafeRawPointer(base), elementType: Element.elementType, shape: shape, strides: strides,
        reducing: reducing, resultStrides: resultStrides),
      unsafe LaneResults(base: UnsafeMutableRawPointer(result.storage.base), type: Result.elementType))
    return result
  }
}
