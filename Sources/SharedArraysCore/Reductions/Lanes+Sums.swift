internal import CSharedArraysKernels

extension Lanes {
  /// Stores sums or products.
  @usableFromInline
  func storeSums(_ results: LaneResults, product: Bool = false, ignoringNaN: Bool) {
    if product, parts == 2 { return storeComplexProducts(results, ignoringNaN: ignoringNaN) }
    let term = (product ? LaneTerm.product : .sum).ignoringNaN(ignoringNaN)
    LaneBuffers.with(self) { buffers in
      forEachBatch { batch in
        if type.isReal {
          for part in 0..<parts {
            unsafe addTotals(of: batch, part: part, term, to: buffers.first, buffers)
            unsafe results.store(
              buffers.first, count: batch.count, at: batch.resultOffset + part, stride: resultStride)
          }
        } else {
          unsafe addIntegers(of: batch, product ? .product : .sum, to: buffers.counts)
          unsafe results.store(
            buffers.counts, count: batch.count, at: batch.resultOffset, stride: resultStride)
        }
      }
    }
  }

  /// Stores means. For integers, the exact sum is rounded once.
  @usableFromInline
  func storeMeans(_ results: LaneResults, ignoringNaN: Bool) {
    LaneBuffers.with(self) { buffers in
      forEachBatch { batch in
        for part in 0..<parts {
          unsafe addMeans(
            of: batch, part: part, ignoringNaN: ignoringNaN, isExact: true, to: buffers.first, buffers)
          unsafe results.store(
            buffers.first, count: batch.count, at: batch.resultOffset + part, stride: resultStride)
        }
      }
    }
  }

  /// Writes the means of a batch to `means`, and the numbers of elements behind them to `counts` of
  /// the buffers.
  func addMeans(
    of batch: LaneBatch, part: Int, ignoringNaN: Bool, isExact: Bool, to means: UnsafeMutablePointer<Double>,
    _ buffers: LaneBuffers
  ) {
    if isExact, !type.isReal {
      unsafe addExactTotals(of: batch, to: means, buffers)
    } else {
      unsafe addTotals(of: batch, part: part, LaneTerm.sum.ignoringNaN(ignoringNaN), to: means, buffers)
    }
    if ignoringNaN, type.isReal {
      unsafe addCounts(of: batch, part: part, to: buffers.counts)
    } else {
      for lane in 0..<batch.count { unsafe buffers.counts[lane] = Int64(laneCount) }
    }
    for lane in 0..<batch.count { unsafe means[lane] /= Double(buffers.counts[lane]) }
  }

  /// Writes the sums of a batch of lanes of integers. Each sum is exact before it is rounded.
  private func addExactTotals(
    of batch: LaneBatch, to totals: UnsafeMutablePointer<Double>, _ buffers: LaneBuffers
  ) {
    if type.byteCount < 8 {
      unsafe addIntegers(of: batch, .sum, to: buffers.counts)
      for lane in 0..<batch.count { unsafe totals[lane] = Double(buffers.counts[lane]) }
      return
    }
    for lane in 0..<batch.count {
      var total: Int128 = 0
      forEachRun(from: batch.offset + lane * laneStride) { run in
        for first in Swift.stride(from: 0, to: run.count, by: 1 << 30) {
          var high: Int64 = 0
          var low: UInt64 = 0
          unsafe kernels_halves(
            &high, &low, type.code, run.start + first * run.stride * 8, run.stride,
            Swift.min(1 << 30, run.count - first))
          total += Int128(high) << 32 + Int128(low)
        }
      }
      unsafe totals[lane] = Double(total)
    }
  }

  /// Stores products of complex numbers, multiplied one after the other in the order of memory.
  private func storeComplexProducts(_ results: LaneResults, ignoringNaN: Bool) {
    LaneBuffers.with(self) { buffers in
      forEachBatch { batch in
        for lane in 0..<batch.count {
          let product = complexProduct(from: batch.offset + lane * laneStride, ignoringNaN: ignoringNaN)
          unsafe buffers.first[0] = product.real
          unsafe buffers.first[1] = product.imaginary
          unsafe results.store(
            buffers.first, count: parts, at: batch.resultOffset + lane * resultStride, stride: 1)
        }
      }
    }
  }

  private func complexProduct(from offset: Int, ignoringNaN: Bool) -> (real: Double, imaginary: Double) {
    let isDouble = type.byteCount == 8
    var (real, imaginary) = (1.0, 0.0)
    forEachRun(from: offset) { run in
      for position in 0..<run.count {
        // SAFETY: The loads read both parts of an element of the run.
        let address = unsafe run.start + position * run.stride * type.byteCount
        let (x, y) =
          unsafe isDouble
          ? (address.load(as: Double.self), (address + 8).load(as: Double.self))
          : (Double(address.load(as: Float.self)), Double((address + 4).load(as: Float.self)))
        if ignoringNaN, x.isNaN || y.isNaN { continue }
        (real, imaginary) = (real * x - imaginary * y, real * y + imaginary * x)
      }
    }
    return (real, imaginary)
  }
}
