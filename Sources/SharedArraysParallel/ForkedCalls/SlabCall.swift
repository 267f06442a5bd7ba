internal import Multiprocessing
internal import SharedArraysCore
internal import SharedArraysTransfer

/// Axis 0 of one or more arrays, divided for a parallel call.
struct SlabCall {
  let count: Int
  let partition: Partition
  let options: ForkedCall.Options

  init(count: Int, workers: Int?, partition: Partition, timeout: Duration?) {
    self.count = count
    self.partition = partition
    options = ForkedCall.Options(workers: workers, timeout: timeout)
  }

  init(of array: some StridedArray, workers: Int?, partition: Partition, timeout: Duration?) {
    self.init(count: Self.extent(of: array), workers: workers, partition: partition, timeout: timeout)
  }

  static func extent(of array: some StridedArray) -> Int {
    if array.rank == 0 { fatalError("An array of rank 0 has no axis to partition.") }
    return array.shape[0]
  }

  /// Returns the number of indices of axis 0 in a block of a reduction, which depends on the shape
  /// alone.
  ///
  /// A block is enough work to be worth a claim, and its data fits into a second-level cache.
  static func blockSize(of array: some StridedArray) -> Int {
    max(1, (1 << 16) / max(1, array.count / max(1, extent(of: array))))
  }

  private var pieceCount: Int { partition.pieceCount(of: count, workers: options.workers) }

  private func range(ofPiece piece: Int) -> Range<Int> {
    partition.range(ofPiece: piece, of: count, workers: options.workers)
  }

  func run(_ body: (SlabInfo) throws -> Void) throws(WorkerError) {
    try unsafe ForkedCall.run(
      options, chunks: pieceCount, range: range, isDynamic: partition.isDynamic, resultStride: 0,
      body: { chunk, _ in try body(chunk) }, results: { _ in })
  }

  func map<Result: BitwiseTransferable>(_ body: (SlabInfo) throws -> Result) throws(WorkerError) -> [Result] {
    let pieces = pieceCount
    return try unsafe ForkedCall.run(
      options, chunks: pieces, range: range, isDynamic: partition.isDynamic,
      resultStride: MemoryLayout<Result>.stride,
      body: { chunk, place in
        let result = try body(chunk)
        // SAFETY: `place` has room for one result, and a raw result has the same meaning in the
        // parent.
        unsafe place.storeBytes(of: result, as: Result.self)
      },
      results: { place in
        (0..<pieces).map {
          unsafe place.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Result>.stride, as: Result.self)
        }
      })
  }
}
