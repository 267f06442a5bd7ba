public import SharedArraysTransfer

/// A pool whose workers have been forked with a closure, and call that.
///
///     let table = expensiveTable()
///     let pool = try ClosurePool(workers: 4) { (n: Int) in table[n] }
///     let values = try pool.map(0..<1_000_000)
///     let one = try pool.submit(7).result()
///     pool.shutdown()
///
/// The closure captures what it likes, of any type, and none of that is encoded: the workers have it from the moment the pool was
/// made. A process that does nothing else, forked at that moment, forks the workers, so one that replaces a worker that has died
/// has the same captures, and nothing of what this program has become since. What the closure changes changes in its worker, unless
/// it is shared memory.
///
/// As all closures in workers this one is synchronous: no `await`, no `Mutex`. Make the pool early, while no other thread is busy
/// in Swift code: see ``StartMethod/fork``. For functions that are found by their names any ``ProcessPool`` will do, this one's
/// ``pool`` too.
public final class ClosurePool<Input: Transferable, Output: Transferable>: Sendable {
  /// The workers, to be looked after: their processes, number, and end.
  public let pool: ProcessPool

  /// Forks a pool.
  ///
  /// - Parameters:
  ///   - workers: how many processes; unless given, as many as can compute at the same time; with 0 the thread that makes a
  ///     call calls the closure itself, for debugging.
  ///   - maxTasksPerWorker: after so many inputs, or the chunk in which they end, a worker is replaced by a fresh one.
  ///   - collectsStatistics: whether workers note down what they do when, for ``ProcessPool/statistics`` of the ``pool``.
  ///   - threadsPerWorker: how many threads OpenBLAS computes with in each worker, where the program has it.
  ///   - name: that of a worker in ``CurrentProcess/name``, and in errors of its start; its number is added.
  ///   - body: what the workers do with an input.
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

  /// The results for all inputs, in their order.
  ///
  /// - Parameters, errors and precondition: as ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
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
  /// - Parameters, errors and precondition: as ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
  public func forEach<Inputs: Collection>(
    _ inputs: Inputs, chunkSize: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) throws(PoolError) where Inputs.Element == Input {
    _ = try map(inputs, chunkSize: chunkSize, timeout: timeout, retries: retries, progress: progress)
  }

  /// Calls the closure for every input, and combines the results in this process, in the order of the inputs.
  ///
  /// - Parameters, errors and precondition: as ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
  public func reduce<Inputs: Collection, Result>(
    _ inputs: Inputs, _ initial: Result, chunkSize: Int? = nil, combine: (Result, Output) -> Result
  ) throws(PoolError) -> Result where Inputs.Element == Input {
    try map(inputs, chunkSize: chunkSize).reduce(initial, combine)
  }

  /// Gives an input to the pool, and returns at once.
  ///
  /// - Parameters and errors: as ``ProcessPool/submit(_:_:timeout:retries:)``.
  @inlinable
  public func submit(
    _ input: Input, timeout: Duration? = nil, retries: Int = 2
  ) throws(PoolError) -> PoolFuture<Output> {
    try pool.submit(BoundCall<Input, Output>.self, input, timeout: timeout, retries: retries)
  }

  /// Takes no more work, and lets the workers leave when they have done what there is.
  ///
  /// - Parameters: as ``ProcessPool/shutdown(wait:cancelPending:)``.
  public func shutdown(wait: Bool = true, cancelPending: Bool = false) {
    pool.shutdown(wait: wait, cancelPending: cancelPending)
  }
}

/// A closure on its way to the workers that are forked with it.
@usableFromInline
struct BoundWork: @unchecked Sendable {
  // Why @unchecked: the closure is called in forked processes only, of which each has its own.

  let function: any WorkFunction.Type
  /// A ``BoundBody`` of the function's types.
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

/// What stands for the closure where a function is asked for: the same types, and the chunk loop.
@usableFromInline
enum BoundCall<Input: Transferable, Output: Transferable>: WorkFunction {
  @usableFromInline
  static func call(_ input: Input) throws -> Output {
    fatalError("The closure of a pool is called by the pool's workers.")
  }

  @inlinable
  static func runChunk(_ chunk: WorkChunk) throws {
    guard let bound = chunk.bound else { fatalError("This worker has no closure.") }
    // SAFETY: a pool bound to a closure has this one type for it, with the types of the closure.
    try chunk.run(unsafe unsafeDowncast(bound, to: BoundBody<Input, Output>.self).body)
  }
}
