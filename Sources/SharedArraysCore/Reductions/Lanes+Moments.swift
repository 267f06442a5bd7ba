// SAFETY: The buffers of `LaneBuffers` have room for a batch, and `lane` is less than
// `batch.count`.

extension Lanes {
  /// Stores variances, or their square roots.
  @usableFromInline
  func storeVariances(_ results: LaneResults, ddof: Int, root: Bool, ignoringNaN: Bool) {
    let term = LaneTerm.deviation.ignoringNaN(ignoringNaN)
    LaneBuffers.with(self) { buffers in
      forEachBatch { batch in
        for part in 0..<parts {
          let means = unsafe buffers.first
          unsafe addMeans(of: batch, part: part, ignoringNaN: ignoringNaN, isExact: false, to: means, buffers)
          // The squares of the second part are kept beside those of the first.
          let squares = unsafe part == 0 ? buffers.second : buffers.first
          unsafe addTotals(of: batch, part: part, term, parameters: means, to: squares, buffers)
        }
        for lane in 0..<batch.count {
          let freedom = unsafe Double(buffers.counts[lane]) - Double(ddof)
          let squares = unsafe parts == 1 ? buffers.second[lane] : buffers.first[lane] + buffers.second[lane]
          let variance = freedom > 0 ? squares / freedom : .nan
          unsafe buffers.second[lane] = root ? variance.squareRoot() : variance
        }
        unsafe results.store(
          buffers.second, count: batch.count, at: batch.resultOffset, stride: resultStride)
      }
    }
  }
}
