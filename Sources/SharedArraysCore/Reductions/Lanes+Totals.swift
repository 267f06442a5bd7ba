internal import CSharedArraysKernels

/// The operation applied to each element before it is added or multiplied.
struct LaneTerm {
  let code: CInt

  static let sum = LaneTerm(code: CInt(KERNELS_SUM))
  static let product = LaneTerm(code: CInt(KERNELS_PRODUCT))
  static let square = LaneTerm(code: CInt(KERNELS_SQUARE))
  static let deviation = LaneTerm(code: CInt(KERNELS_DEVIATION))

  func ignoringNaN(_ ignoring: Bool) -> LaneTerm {
    LaneTerm(code: ignoring ? code | CInt(KERNELS_IGNORING_NAN) : code)
  }
}

extension Lanes {
  /// Writes the floating-point totals of a batch to `totals`. The additions of a lane are the same,
  /// in the same order, regardless of how memory is read.
  func addTotals(
    of batch: LaneBatch, part: Int = 0, _ term: LaneTerm, parameters: UnsafePointer<Double>? = nil,
    to totals: UnsafeMutablePointer<Double>, _ buffers: LaneBuffers
  ) {
    let last = reduced.extents.count - 1
    if areColumns {
      unsafe kernels_columns_begin(buffers.columns, type.code, batch.count, parameters)
      forEachRun(from: batch.offset, part: part) { rows in
        unsafe kernels_columns_fold(
          buffers.columns, type.code, term.code, rows.start, rows.stride, rows.count, laneStride, batch.count)
      }
      unsafe kernels_columns_totals(buffers.columns, type.code, term.code, batch.count, totals)
    } else if last == 0, reduced.extents[0] <= Int(KERNELS_BLOCK) {
      // SAFETY: The lanes of the batch are within the array.
      unsafe kernels_fold_short(
        type.code, term.code, base + (batch.offset + part) * type.byteCount, reduced.runStride(0),
        reduced.extents[0], laneStride, batch.count, parameters, totals)
    } else {
      for lane in 0..<batch.count {
        unsafe totals[lane] = total(
          from: batch.offset + lane * laneStride, part: part, term, parameter: parameters?[lane] ?? 1)
      }
    }
  }

  /// Returns the floating-point total of one lane.
  func total(from offset: Int, part: Int, _ term: LaneTerm, parameter: Double) -> Double {
    var state = kernels_pairwise()
    forEachRun(from: offset, part: part) { run in
      unsafe kernels_fold(&state, type.code, term.code, run.start, run.stride, run.count, parameter)
    }
    return unsafe kernels_total(&state, type.code, term.code)
  }

  /// Writes the sums or products of a batch of lanes of integers, modulo 2^64.
  func addIntegers(of batch: LaneBatch, _ term: LaneTerm, to totals: UnsafeMutablePointer<Int64>) {
    let neutral: Int64 = term.code == CInt(KERNELS_PRODUCT) ? 1 : 0
    for lane in 0..<batch.count { unsafe totals[lane] = neutral }
    if areColumns {
      forEachRun(from: batch.offset) { rows in
        unsafe kernels_integer_rows(
          totals, type.code, term.code, rows.start, rows.stride, rows.count, laneStride, batch.count)
      }
    } else {
      for lane in 0..<batch.count {
        forEachRun(from: batch.offset + lane * laneStride) { run in
          unsafe kernels_integers(totals + lane, type.code, term.code, run.start, run.stride, run.count)
        }
      }
    }
  }

  /// Writes the number of elements in each lane of a batch that are not NaN.
  func addCounts(of batch: LaneBatch, part: Int, to counts: UnsafeMutablePointer<Int64>) {
    for lane in 0..<batch.count { unsafe counts[lane] = 0 }
    if areColumns {
      forEachRun(from: batch.offset, part: part) { rows in
        unsafe kernels_count_rows(
          counts, type.code, rows.start, rows.stride, rows.count, laneStride, batch.count)
      }
    } else {
      for lane in 0..<batch.count {
        forEachRun(from: batch.offset + lane * laneStride, part: part) { run in
          unsafe counts[lane] += Int64(
            kernels_count(type.code, run.start, run.stride, run.count))
        }
      }
    }
  }
}
