// SAFETY: The buffers of `LaneBuffers` have room for a batch, and `lane` is less than
// `batch.count`.

extension Lanes {
  /// Stores Euclidean norms.
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

  /// Returns the norm of one lane, whose sum of squares is `squares`.
  private func norm(from offset: Int, squares: Double) -> Double {
    if !type.isReal || laneCount == 0 { return squares.squareRoot() }
    let isFloat = type.byteCount < 8
    // Underflow can cost each square half of the smallest number. Below this limit, the sum of
    // these losses could be visible in the result.
    let smallest = isFloat ? Double(Float.leastNormalMagnitude) : Double.leastNormalMagnitude
    let limit = smallest * Double(laneCount)
    if squares.isNaN || squares.isFinite && squares >= limit && limit > 0 { return squares.squareRoot() }
    let largest = largestMagnitude(from: offset)
    if largest == 0 || !largest.isFinite { return largest }
    // Scaling by a power of two does not round. The square of the scale must not overflow either.
    let largestExponent = isFloat ? 63 : 511
    let scale = Double(
      sign: .plus, exponent: Swift.min(largestExponent, -Int(largest.exponent) / 2), significand: 1)
    var scaled = 0.0
    for part in 0..<parts { scaled += total(from: offset, part: part, .square, parameter: scale * scale) }
    return (scaled.squareRoot() / scale) / scale
  }

  /// Returns the largest magnitude in a lane that has elements and no NaN.
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
