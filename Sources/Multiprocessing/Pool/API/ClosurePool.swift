public import SharedArraysTransfer

/// A pool whose workers are forked with a closure, and call it.
///
///     let table = expensiveTable()
///     let pool = try ClosurePool(workers: 4) { (n: Int) in table[n] }
///     let values = try pool.map(0..<1_000_000)
///     let one = try pool.submit(7).result()
///     pool.shutdown()
///
/// The closure can capture values of any type. They are not encoded: the workers inherit them as
/// they were when the pool was made. The workers are forked by a process that is itself forked at
/// that moment and does nothing else. A worker that replaces a dead one therefore has the same
/// captures, without later changes of this program. A change that the closure makes is visible only
/// in its worker, unless it is made in shared memory.
///
/// The closure is synchronous, like all closures in workers: no `await`, no `Mutex`. Make the pool
/// early, while no other thread is busy in Swift code: see ``StartMethod/fork``. Functions that are
/// found by their names can run in any ``ProcessPool``, including this pool's ``pool``.
public final class ClosurePool<Input: Transferable, Output: Transferable>: Sendable {
  /// The pool of workers, for managing their processes, their number, and their end.
  public let pool: ProcessPool

  /// Forks a pool.
  ///
  /// - Parameters:
  ///   - workers: The number of worker processes. The default is the number that can compute at the
  ///     same time. With 0 the calling thread calls the closure itself, for debugging.
  ///   - maxTasksPerWorker: The number of inputs after which a fresh process replaces a worker. The
  ///     worker finishes its chunk first.
  ///   - collectsStatistics: Whether workers record what they do and when, for
  ///     ``ProcessPool/statistics`` of the ``pool``.
  ///   - threadsPerWorker: The number of threads OpenBLAS uses in each worker, if the program has
  ///     OpenBLAS.
  ///   - name: The name of the workers in ``CurrentProcess/name`` and in errors of their start. The
  ///     worker's number is appended.
  ///   - body: The closure that the workers call for each input.
  /// - Throws: ``PoolError`` with code `cannotStart`.
  /// - Precondition: 0 to 256 workers, at least 1 task and 1 thread per worker.
  @inlinable
  public init(
    workers: Int? = nil, maxTasksPerWorker: Int? = nil, collectsStatistics: Bool = false,
    threadsPerWorker: Int = 1, name: String = "pool",
    _ body: @escaping (Input) throws -> Output
  ) throws(PoolError) {
    let bound = BoundWork(function: BoundCall<Input, Output>.self, body: BoundBody(body))
    pool = try ProcessPool(
      bound, workers: workers, maxTasksPerWorker: maxTasksPerWorker, collectsStatistics: collectsStatistics,
      threads: threadsPerWorker, name: name)
  }

  /// Calls the closure for every input, and returns the results in the order of the inputs.
  ///
  /// - Parameters, errors and precondition: The same as those of
  ///   ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
  public func map<Inputs: Collection>(
    _ inputs: Inputs, chunkSize: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) throws(PoolError) -> [Output] where Inputs.Element == Input {
    try pool.map(
      BoundCall<Input, Output>.self, inputs, chunkSize: chunkSize, timeout: timeout, retries: retries,
      progress: progress)
  }

  /// Calls the closure for every input.
  ///
  /// - Parameters, errors and precondition: The same as those of
  ///   ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
  public func forEach<Inputs: Collection>(
    _ inputs: Inputs, chunkSize: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) throws(PoolError) where Inputs.Element == Input {
    _ = try map(inputs, chunkSize: chunkSize, timeout: timeout, retries: retries, progress: progress)
  }

  /// Calls the closure for every input, and combines the results in this process, in the order of
  /// the inputs.
  ///
  /// - Parameters, errors and precondition: The same as those of
  ///   ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
  public func reduce<Inputs: Collection, Result>(
    _ inputs: Inputs, _ initial: Result, chunkSize: Int? = nil, combine: (Result, Output) -> Result
  ) throws(PoolError) -> Result where Inputs.Element == Input {
    try map(inputs, chunkSize: chunkSize).reduce(initial, combine)
  }

  /// Submits an input to the pool, and returns at once.
  ///
  /// - Parameters and errors: The same as those of ``ProcessPool/submit(_:_:timeout:retries:)``.
  @inlinable
  public func submit(
    _ input: Input, timeout: Duration? = nil, retries: Int = 2
  ) throws(PoolError) -> PoolFuture<Output> {
    try pool.submit(BoundCall<Input, Output>.self, input, timeout: timeout, retries: retries)
  }

  /// Closes the pool to new work, and lets the workers leave when the work they have is done.
  ///
  /// - Parameters: The same as those of ``ProcessPool/shutdown(wait:cancelsPending:)``.
  public func shutdown(wait: Bool = true, cancelsPending: Bool = false) {
    pool.shutdown(wait: wait, cancelsPending: cancelsPending)
  }
}

/// A closure, passed to the workers that are forked with it.
@usableFromInline
struct BoundWork: @unchecked Sendable {
  // Why @unchecked: the closure is called only in forked processes, each of which has its own copy.

  let function: any WorkFunction.Type
  /// A ``BoundBody`` with the function's input and output types.
  let body: AnyObject

  @usableFromInline
  init(function: any WorkFunction.Type, body: AnyObject) {
    self.function = function
    self.body = body
  }
}

@usableFromInline
final class BoundBody<Input, Output> {
  @usableFromInline let body: (Input) throws -> Output

  @inlinable
  init(_ body: @escaping (Input) throws -> Output) { self.body = body }
}

/// A work function that takes the closure's place where a function type is required. It has the
/// same input and output types, and runs the chunk loop.
@usableFromInline
enum BoundCall<Input: Transferable, Output: Transferable>: WorkFunction {
  @usableFromInline
  static func call(_ input: Input) throws -> Output {
    fatalError("Only the workers of a pool can call its closure.")
  }

  @inlinable
  static func runChunk(_ chunk: WorkChunk) throws {
    guard let bound = chunk.bound else { fatalError("This worker has no closure.") }
    // SAFETY: a pool bound to a closure uses this one function type for it, and the types match
    // those of the closure.
    try chunk.run(unsafe unsafeDowncast(bound, to: BoundBody<Input, Output>.self).body)
  }
}
