extension Lanes {
  /// Euclidean norms.
  @usableFromInline
  func storeNorms(_ results: LaneResults) {
    LaneBuffers.with(self) { buffers in
      forEachBatch { batch in
        unsafe addTotals(of: batch, .square, to: buffers.first, buffers)
        if parts == 2 {
          unsafe addTotals(of: batch, part: 1, .square, to: buffers.second, buffers)
          for lane in 0..<batch.count { unsafe buffers.first[lane] += buffers.second[lane] }
        }
        for lane in 0..<batch.count {
          unsafe buffers.first[lane] = norm(
            from: batch.offset + lane * laneStride, squares: buffers.first[lane])
        }
        unsafe results.store(buffers.first, count: batch.count, at: batch.resultOffset, stride: resultStride)
      }
    }
  }

  /// The norm of one lane, whose sum of squares is `squares`.
  private func norm(from offset: Int, squares: Double) -> Double {
    if !type.isReal || laneCount == 0 { return squares.squareRoot() }
    let isFloat = type.byteCount < 8
    // Each square may have lost half of the smallest number; below this limit so many losses could tell.
    let smallest = isFloat ? Double(Float.leastNormalMagnitude) : Double.leastNormalMagnitude
    let limit = smallest * Double(laneCount)
    if squares.isNaN || squares.isFinite && squares >= limit && limit > 0 { return squares.squareRoot() }
    let largest = largestMagnitude(from: offset)
    if largest == 0 || !largest.isFinite { return largest }
    // A power of two scales without rounding; its square must not overflow either.
    let largestExponent = isFloat ? 63 : 511
    let scale = Double(
      sign: .plus, exponent: Swift.min(largestExponent, -Int(largest.exponent) / 2), significand: 1)
    var scaled = 0.0
    for part in 0..<parts { scaled += total(from: offset, part: part, .square, parameter: scale * scale) }
    return (scaled.squareRoot() / scale) / scale
  }

  /// The largest magnitude in a lane without NaN, which has an element.
  private func largestMagnitude(from offset: Int) -> Double {
    var largest = 0.0
    for part in 0..<parts {
      for isLargest in [false, true] {
        largest = Swift.max(largest, abs(realExtreme(from: offset, part: part, largest: isLargest)))
      }
    }
    return largest
  }
}
