internal import Multiprocessing
public import SharedArraysCore

extension SharedArray {
  /// Runs `body` in place on slabs of this array, in forked workers.
  ///
  /// A slab is a view of a range of axis 0. The workers are forked for this call and have ended
  /// when it returns. `body` can use everything that it captures, but its changes outside shared
  /// memory are visible in its own worker only. It must be synchronous: it uses no `await` and no
  /// `Mutex`.
  ///
  ///     try x.parallelForEach(workers: 4) { slab in slab.update { $0 * 2 } }
  ///
  /// - Parameters:
  ///   - workers: The number of processes; by default one for each core this process may use.
  ///   - partition: The rule that divides axis 0.
  ///   - timeout: The time after which all workers are killed and the call throws
  ///     `deadlineExceeded`.
  /// - Throws: ``WorkerError`` if a body throws, a worker dies or stalls, or time runs out.
  ///   Elements outside its `unfinishedRanges` are finished.
  /// - Precondition: The array has at least one axis.
  /// - Complexity: A fork and a reap for each worker, whatever the size of the arrays.
  public func parallelForEach(
    workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
    _ body: (SharedArray) throws -> Void
  ) throws(WorkerError) {
    try parallelForEach(workers: workers, partition: partition, timeout: timeout) { slab, _ in try body(slab)
    }
  }

  /// Runs `body` on slabs of this array, in forked workers, and passes it the description of each
  /// slab.
  public func parallelForEach(
    workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
    _ body: (SharedArray, SlabInfo) throws -> Void
  ) throws(WorkerError) {
    let split = SlabCall(of: self, workers: workers, partition: partition, timeout: timeout)
    try split.run { chunk in try body(slice(chunk.range), chunk) }
  }
}

/// Runs `body` on slabs of several arrays that are partitioned alike along axis 0, in forked
/// workers.
///
///     try parallelForEach(x, y, workers: 2) { xs, ys in try BLAS.axpy(2, xs, into: ys) }
///
/// - Parameters, errors and cost: The same as for
///   ``SharedArray/parallelForEach(workers:partition:timeout:_:)-(_,_,_,(SharedArray<Element>)->Void)``.
/// - Precondition: All arrays have the same extent of axis 0.
public func parallelForEach<each Array: StridedArray>(
  _ arrays: repeat each Array, workers: Int? = nil, partition: Partition = .blocks, timeout: Duration? = nil,
  _ body: (repeat each Array) throws -> Void
) throws(WorkerError) {
  var extent: Int?
  for array in repeat each arrays {
    let own = SlabCall.extent(of: array)
    if let extent, extent != own {
      fatalError("parallelForEach needs arrays with the same extent of axis 0, not \(extent) and \(own).")
    }
    extent = own
  }
  let split = SlabCall(count: extent ?? 0, workers: workers, partition: partition, timeout: timeout)
  try split.run { chunk in try body(repeat (each arrays).slice(chunk.range)) }
}
