internal import CSharedArraysKernels

extension Lanes {
  /// Stores the smallest or largest elements.
  @usableFromInline
  func storeExtremes(_ results: LaneResults, largest: Bool, ignoringNaN: Bool) {
    if laneCount == 0, !kept.extents.contains(0) { trap("An empty array has no minimum or maximum.") }
    LaneBuffers.with(self) { buffers in
      forEachBatch { batch in
        let values = UnsafeMutableRawPointer(unsafe buffers.first)
        unsafe addExtremes(of: batch, largest: largest, ignoringNaN: ignoringNaN, to: values)
        unsafe results.storeElements(
          values, type: type, count: batch.count, at: batch.resultOffset, stride: resultStride)
      }
    }
  }

  /// Writes the extremes of a batch next to each other. Extremes of Float16 are written as Float.
  private func addExtremes(
    of batch: LaneBatch, largest: Bool, ignoringNaN: Bool, to values: UnsafeMutableRawPointer
  ) {
    if areColumns {
      unsafe kernels_extreme_row(
        values, type.code, base + batch.offset * type.byteCount, laneStride, batch.count)
      forEachRun(from: batch.offset) { rows in
        unsafe kernels_extreme_rows(
          values, type.code, largest ? 1 : 0, ignoringNaN ? 1 : 0, rows.start, rows.stride, rows.count,
          laneStride, batch.count)
      }
      return
    }
    for lane in 0..<batch.count {
      unsafe addExtreme(
        from: batch.offset + lane * laneStride, largest: largest, ignoringNaN: ignoringNaN, to: values, lane)
    }
  }

  private func addExtreme(
    from offset: Int, largest: Bool, ignoringNaN: Bool, to values: UnsafeMutableRawPointer, _ lane: Int
  ) {
    let state = extreme(from: offset, largest: largest)
    let isNaN = ignoringNaN ? state.has_number == 0 : state.has_nan != 0
    // SAFETY: `values` has room for 8 bytes for each lane of the batch.
    switch type.byteCount {
    case _ where type.code == CInt(KERNELS_FLOAT64):
      unsafe values.assumingMemoryBound(to: Double.self)[lane] = isNaN ? .nan : state.value.real
    case _ where type.isReal:
      unsafe values.assumingMemoryBound(to: Float.self)[lane] = isNaN ? .nan : state.value.small
    case 1:
      unsafe values.assumingMemoryBound(to: Int8.self)[lane] = Int8(truncatingIfNeeded: state.value.integer)
    case 2:
      unsafe values.assumingMemoryBound(to: Int16.self)[lane] = Int16(truncatingIfNeeded: state.value.integer)
    case 4:
      unsafe values.assumingMemoryBound(to: Int32.self)[lane] = Int32(truncatingIfNeeded: state.value.integer)
    default:
      unsafe values.assumingMemoryBound(to: Int64.self)[lane] = state.value.integer
    }
  }
}

extension Lanes {
  /// Returns the smallest or largest number of one lane of floating-point numbers, without regard
  /// to NaN.
  func realExtreme(from offset: Int, part: Int, largest: Bool) -> Double {
    let state = extreme(from: offset, part: part, largest: largest)
    // SAFETY: All members of the union are numbers, and the one that is read has been stored.
    return unsafe type.byteCount == 8 ? state.value.real : Double(state.value.small)
  }

  private func extreme(from offset: Int, part: Int = 0, largest: Bool) -> kernels_extreme {
    var state = kernels_extreme()
    unsafe kernels_extreme_begin(&state, type.code, largest ? 1 : 0)
    forEachRun(from: offset, part: part) { run in
      unsafe kernels_extreme(&state, type.code, largest ? 1 : 0, run.start, run.stride, run.count)
    }
    return state
  }
}

extension LaneResults {
  /// Stores elements of the type of the lanes; elements of Float16 are passed as Float. Zeros lose
  /// their sign, which would depend on the order of comparisons.
  fileprivate func storeElements(
    _ values: UnsafeMutableRawPointer, type kernelType: KernelType, count: Int, at offset: Int, stride: Int
  ) {
    // SAFETY: The invariant of `store`: every result is within its array.
    switch kernelType.byteCount {
    case _ where type == .float16:
      let source = unsafe values.assumingMemoryBound(to: Float.self)
      let target = unsafe base.assumingMemoryBound(to: Float16.self) + offset
      for lane in 0..<count { unsafe target[lane * stride] = Float16(source[lane] + 0) }
    case _ where type == .float32:
      let source = unsafe values.assumingMemoryBound(to: Float.self)
      let target = unsafe base.assumingMemoryBound(to: Float.self) + offset
      for lane in 0..<count { unsafe target[lane * stride] = source[lane] + 0 }
    case _ where type == .float64:
      let source = unsafe values.assumingMemoryBound(to: Double.self)
      let target = unsafe base.assumingMemoryBound(to: Double.self) + offset
      for lane in 0..<count { unsafe target[lane * stride] = source[lane] + 0 }
    case 1: unsafe copy(values, as: Int8.self, count: count, at: offset, stride: stride)
    case 2: unsafe copy(values, as: Int16.self, count: count, at: offset, stride: stride)
    case 4: unsafe copy(values, as: Int32.self, count: count, at: offset, stride: stride)
    default: unsafe copy(values, as: Int64.self, count: count, at: offset, stride: stride)
    }
  }

  private func copy<Number>(
    _ values: UnsafeMutableRawPointer, as type: Number.Type, count: Int, at offset: Int, stride: Int
  ) {
    let source = unsafe values.assumingMemoryBound(to: type)
    let target = unsafe base.assumingMemoryBound(to: type) + offset
    for lane in 0..<count { unsafe target[lane * stride] = source[lane] }
  }
}
