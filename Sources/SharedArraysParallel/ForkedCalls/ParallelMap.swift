internal import Multiprocessing
public import SharedArraysCore
public import SharedArraysTransfer

extension StridedArray {
  /// Returns the results of `body` for slabs of this array, computed in forked workers, in the
  /// order of the slabs.
  ///
  ///     let norms = try x.parallelMap(workers: 4) { slab in slab.norm() }
  ///
  /// - Parameters, precondition and cost: The same as for
  ///   ``SharedArray/parallelForEach(workers:partition:timeout:_:)-(_,_,_,(SharedArray<Element>)->Void)``.
  /// - Returns: One result for each piece of the partition; none for an array without elements
  ///   along axis 0.
  /// - Throws: ``WorkerError``, with code `cannotStart` also if the memory for the results is
  ///   insufficient.
  public func parallelMap<Result: BitwiseTransferable>(
    workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
    _ body: (Self) throws -> Result
  ) throws(WorkerError) -> [Result] {
    try parallelMap(workers: workers, partition: partition, timeout: timeout) { slab, _ in try body(slab) }
  }

  /// Returns the results of `body` for slabs of this array, and passes it the description of each
  /// slab.
  public func parallelMap<Result: BitwiseTransferable>(
    workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
    _ body: (Self, SlabInfo) throws -> Result
  ) throws(WorkerError) -> [Result] {
    let split = SlabCall(of: self, workers: workers, partition: partition, timeout: timeout)
    return try split.map { chunk in try body(slice(chunk.range), chunk) }
  }

  /// Reduces this array in forked workers, with bit-identical results for any number of workers.
  ///
  /// Axis 0 is divided into blocks of about 64 Ki elements each, whose size depends on the shape
  /// alone. A worker reduces each block. The parent combines the results pairwise: adjacent pairs
  /// first, then pairs of pairs, and so on. It combines `initial` last, from the left.
  ///
  ///     let total = try x.parallelReduce(0.0, { block in block.sum() }, combine: +)
  ///
  /// - Parameters:
  ///   - initial: The left operand of the last combination, and the result for an array without
  ///     elements along axis 0.
  ///   - reduce: Reduces a block.
  ///   - combine: Combines the results of two adjacent blocks, the left one first. It runs in the
  ///     caller.
  /// - Throws: ``WorkerError``.
  /// - Precondition: The array has at least one axis.
  public func parallelReduce<Result: BitwiseTransferable>(
    _ initial: Result, workers: Int? = nil, timeout: Duration? = nil, _ reduce: (Self) throws -> Result,
    combine: (Result, Result) -> Result
  ) throws(WorkerError) -> Result {
    var results = try parallelMap(
      workers: workers, partition: .chunks(of: SlabCall.blockSize(of: self)), timeout: timeout, reduce)
    while results.count > 1 {
      var joined: [Result] = []
      for left in stride(from: 0, to: results.count - 1, by: 2) {
        joined.append(combine(results[left], results[left + 1]))
      }
      if results.count % 2 == 1 { joined.append(results[results.count - 1]) }
      results = joined
    }
    return results.first.map { combine(initial, $0) } ?? initial
  }
}
