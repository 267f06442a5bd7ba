internal import CSharedArraysKernels

/// A batch of neighbouring lanes along one axis, at most 256.
struct LaneBatch {
  /// The offset of the batch's first element from the first element of all lanes.
  let offset: Int
  /// The offset of the batch's first result from the result of the first lane.
  let resultOffset: Int
  /// The number of lanes.
  let count: Int
}

/// A run of elements with a constant stride, or the first elements of rows.
@safe struct LaneRun {
  let start: UnsafeRawPointer
  let count: Int
  let stride: Int
}

extension Lanes {
  /// The distance from one lane of a batch to the next, in numbers.
  var laneStride: Int { kept.runStride(0) }
  var resultStride: Int { kept.runStride(1) }

  /// The largest number of lanes in a batch.
  var batchCount: Int { Swift.min(Int(KERNELS_TILE), kept.runCount) }

  /// Whether lanes lie side by side in memory rather than one after the other. The rows are then
  /// read across the lanes.
  var areColumns: Bool {
    batchCount >= 4 && laneStride < reduced.runStride(0)
  }

  func forEachBatch(_ body: (LaneBatch) -> Void) {
    let extent = kept.runCount
    kept.forEachRun { offsets in
      for start in stride(from: 0, to: extent, by: Int(KERNELS_TILE)) {
        body(
          LaneBatch(
            offset: offsets[0] + start * laneStride,
            resultOffset: resultOffset + offsets[1] + start * resultStride,
            count: Swift.min(Int(KERNELS_TILE), extent - start)))
      }
    }
  }

  /// Calls `body` with every run of a lane, or with every run of rows if the lanes are columns.
  ///
  /// - Parameters:
  ///   - offset: The offset of the lane's first element.
  ///   - part: The part of a complex element: 0 or 1.
  func forEachRun(from offset: Int, part: Int = 0, _ body: (LaneRun) -> Void) {
    let (count, stride) = (reduced.runCount, reduced.runStride(0))
    reduced.forEachRun { runs in
      // SAFETY: The offset is that of an element within the axes of the array.
      let start = unsafe base + (offset + runs[0] + part) * type.byteCount
      body(unsafe LaneRun(start: start, count: count, stride: stride))
    }
  }
}

/// A set of temporary buffers for one batch of results at a time.
@safe struct LaneBuffers {
  /// Two buffers of floating-point numbers, each with room for a batch.
  let first: UnsafeMutablePointer<Double>
  let second: UnsafeMutablePointer<Double>
  /// A buffer of integers with room for a batch.
  let counts: UnsafeMutablePointer<Int64>
  /// The working memory of the kernels that reduce columns.
  let columns: UnsafeMutableRawPointer

  /// Calls `body` with buffers for `lanes`. Small buffers are on the stack.
  static func with(_ lanes: Lanes, _ body: (LaneBuffers) -> Void) {
    let room = Swift.max(1, lanes.batchCount)
    var columnBytes = 0
    if lanes.areColumns {
      let last = lanes.reduced.extents.count - 1
      let runs = lanes.reduced.extents[..<last].reduce(1, *)
      let blocks = runs * (lanes.reduced.extents[last] / Int(KERNELS_BLOCK) + 1)
      columnBytes = kernels_columns_bytes(UInt64(blocks))
    }
    unsafe withUnsafeTemporaryAllocation(byteCount: 24 * room + columnBytes, alignment: 16) { memory in
      guard let start = memory.baseAddress else { return }
      // SAFETY: The four parts do not overlap and are aligned for their types.
      unsafe body(
        LaneBuffers(
          first: start.bindMemory(to: Double.self, capacity: room),
          second: (start + 8 * room).bindMemory(to: Double.self, capacity: room),
          counts: (start + 16 * room).bindMemory(to: Int64.self, capacity: room),
          columns: start + 24 * room))
    }
  }
}
