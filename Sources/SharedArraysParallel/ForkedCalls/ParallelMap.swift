internal import Multiprocessing
public import SharedArraysCore
public import SharedArraysTransfer

extension StridedArray {
  /// The results of `body` for slabs of this array, computed in forked workers, in the order of the slabs.
  ///
  ///     let norms = try x.parallelMap(workers: 4) { slab in slab.norm() }
  ///
  /// - Parameters, precondition and cost: as
  ///   ``SharedArray/parallelForEach(workers:partition:timeout:_:)-(_,_,_,(SharedArray<Element>)->Void)``.
  /// - Returns: one result for each piece of the partition; none for an array without elements along axis 0.
  /// - Throws: ``WorkerError``; `cannotStart` also if there is no memory for the results.
  public func parallelMap<Result: RawTransferable>(
    workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
    _ body: (Self) throws -> Result
  ) throws(WorkerError) -> [Result] {
    try parallelMap(workers: workers, partition: partition, timeout: timeout) { slab, _ in try body(slab) }
  }

  /// The results of `body` for slabs of this array; `body` is told which slab it has.
  public func parallelMap<Result: RawTransferable>(
    workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
    _ body: (Self, Chunk) throws -> Result
  ) throws(WorkerError) -> [Result] {
    let split = Split(of: self, workers: workers, partition: partition, timeout: timeout)
    return try split.map { chunk in try body(slice(chunk.range), chunk) }
  }

  /// Reduces this array in forked workers, with the same bits for any number of them.
  ///
  /// Axis 0 is cut into blocks whose size depends on the shape alone, about 64 Ki elements each. Every block
  /// is reduced in a worker; the parent combines the results in pairs of neighbours, pairs of pairs, and so
  /// on, and `initial` last, from the left.
  ///
  ///     let total = try x.parallelReduce(0.0, { block in block.sum() }, combine: +)
  ///
  /// - Parameters:
  ///   - initial: the result for an array without elements along axis 0.
  ///   - reduce: reduces a block.
  ///   - combine: joins the results of neighbours, the left one first; it runs in the caller.
  /// - Throws: ``WorkerError``.
  /// - Precondition: the array has at least one axis.
  public func parallelReduce<Result: RawTransferable>(
    _ initial: Result, workers: Int? = nil, timeout: Duration? = nil, _ reduce: (Self) throws -> Result,
    combine: (Result, Result) -> Result
  ) throws(WorkerError) -> Result {
    var results = try parallelMap(
      workers: workers, partition: .chunks(of: Split.blockSize(of: self)), timeout: timeout, reduce)
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
