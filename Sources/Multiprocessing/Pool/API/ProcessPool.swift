internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A set of worker processes that persist and do one call after another.
///
///     let pool = try ProcessPool(workers: 4)
///     let cubes = try pool.map(Cube.self, 0..<1_000_000)
///     let one = try pool.submit(Cube.self, 7)
///     print(cubes[3], try one.result())
///     pool.shutdown()
///
/// Any number of threads may use a pool at once. Calls begin in the order in which they were
/// submitted, even if some of them are cancelled. With one worker they also end in this order. A
/// worker that dies is replaced, and its inputs are given to another worker, so a function might be
/// called more than once for the same input. An idle pool uses no processor time. Workers end with
/// the pool, and with this process.
///
/// Encoded values are sent one chunk at a time, in at most 1 GiB and with at most 252 arrays, locks
/// and connections. Each of these uses a descriptor of this process for as long as it exists, so it
/// is better to write the results of many workers into one array.
///
/// If SIGSTOP or a debugger stops a worker, other workers do the chunks it has not started. The
/// call waits for the chunk in which the worker was stopped until the worker continues or the
/// call's timeout passes. ``shutdown(wait:cancelsPending:)`` waits for stopped workers, including
/// idle ones. ``kill()`` does not.
public final class ProcessPool: Sendable {
  @usableFromInline let core: PoolCore

  /// Starts a pool.
  ///
  /// - Parameters:
  ///   - workers: The number of worker processes. The default is the number that can compute at the
  ///     same time. With 0 the calling thread does the work itself, for debugging: a crash then
  ///     ends the program, and timeouts have no effect.
  ///   - startMethod: The way the workers are started. The default is that of this process.
  ///   - maxTasksPerWorker: The number of inputs after which a fresh process replaces a worker. The
  ///     worker finishes its chunk first.
  ///   - maxWorkerMemory: The most bytes of private memory a worker may have, not counting shared
  ///     memory. A worker that exceeds the limit at the end of a chunk is replaced. A worker that
  ///     exceeds it in the middle of a chunk, for a tenth of a second, is killed, and the call
  ///     throws `memoryLimitExceeded`. The limit is checked only while the pool has work.
  ///   - idleTimeout: The time without work after which all workers leave. They leave after at most
  ///     twice this time, and the next call starts them again.
  ///   - pinsWorkers: Whether each worker stays on a core of its own. This has an effect only if
  ///     the number of workers equals the number of cores this process may use. Two programs that
  ///     pin workers to the same cores slow each other down.
  ///   - collectsStatistics: Whether workers record what they do and when, for ``statistics``. This
  ///     reads the clock twice for each chunk.
  ///   - threadsPerWorker: The number of threads OpenBLAS uses in each worker, if the program has
  ///     OpenBLAS. The threads of a pinned worker share its one core.
  ///   - name: The name of the workers in ``CurrentProcess/name`` and in errors of their start. The
  ///     worker's number is appended.
  /// - Throws: ``PoolError`` with code `cannotStart`.
  /// - Precondition: 0 to 256 workers, at least 1 task and 1 thread per worker.
  public convenience init(
    workers: Int? = nil, startMethod: StartMethod? = nil, maxTasksPerWorker: Int? = nil,
    maxWorkerMemory: Int? = nil, idleTimeout: Duration? = nil, pinsWorkers: Bool = false,
    collectsStatistics: Bool = false, threadsPerWorker: Int = 1, name: String = "pool"
  ) throws(PoolError) {
    var options = Self.options(workers, startMethod, maxTasksPerWorker, name)
    options.limit(memory: maxWorkerMemory, idle: idleTimeout, pins: pinsWorkers, threads: threadsPerWorker)
    options.collectsStatistics = collectsStatistics
    try self.init(options)
  }

  /// Starts a pool whose workers call a function before anything else.
  ///
  /// If it throws in any worker, that worker is not replaced, and all calls of the pool throw
  /// `initializerFailed`. It has no timeout: calls wait while it runs.
  ///
  /// - Parameters:
  ///   - workers: The number of worker processes. The default is the number that can compute at the
  ///     same time. With 0 the calling thread does the work itself, for debugging: a crash then
  ///     ends the program, and timeouts have no effect.
  ///   - startMethod: The way the workers are started. The default is that of this process.
  ///   - initializer: The function that prepares a worker. Its result is dropped.
  ///   - argument: The input of the initializer.
  ///   - maxTasksPerWorker: The number of inputs after which a fresh process replaces a worker. The
  ///     worker finishes its chunk first.
  ///   - maxWorkerMemory: The most bytes of private memory a worker may have, not counting shared
  ///     memory. A worker that exceeds the limit at the end of a chunk is replaced. A worker that
  ///     exceeds it in the middle of a chunk, for a tenth of a second, is killed, and the call
  ///     throws `memoryLimitExceeded`. The limit is checked only while the pool has work.
  ///   - idleTimeout: The time without work after which all workers leave. They leave after at most
  ///     twice this time, and the next call starts them again.
  ///   - pinsWorkers: Whether each worker stays on a core of its own. This has an effect only if
  ///     the number of workers equals the number of cores this process may use. Two programs that
  ///     pin workers to the same cores slow each other down.
  ///   - collectsStatistics: Whether workers record what they do and when, for ``statistics``. This
  ///     reads the clock twice for each chunk.
  ///   - threadsPerWorker: The number of threads OpenBLAS uses in each worker, if the program has
  ///     OpenBLAS. The threads of a pinned worker share its one core.
  ///   - name: The name of the workers in ``CurrentProcess/name`` and in errors of their start. The
  ///     worker's number is appended.
  /// - Throws: ``PoolError`` with code `cannotStart`, `notResolvable`, `notTransferable`.
  /// - Precondition: 0 to 256 workers, at least 1 task and 1 thread per worker.
  public convenience init<Function: WorkFunction>(
    workers: Int? = nil, startMethod: StartMethod? = nil, initializer: Function.Type,
    _ argument: Function.Input,
    maxTasksPerWorker: Int? = nil, maxWorkerMemory: Int? = nil, idleTimeout: Duration? = nil,
    pinsWorkers: Bool = false, collectsStatistics: Bool = false, threadsPerWorker: Int = 1,
    name: String = "pool"
  ) throws(PoolError) {
    var options = Self.options(workers, startMethod, maxTasksPerWorker, name)
    options.limit(memory: maxWorkerMemory, idle: idleTimeout, pins: pinsWorkers, threads: threadsPerWorker)
    options.collectsStatistics = collectsStatistics
    options.initializer = try Self.name(of: Function.self)
    let message = try encode(argument)
    if message.descriptorCount > 0 {
      throw PoolError(.notTransferable, message: "an initializer's argument cannot contain file descriptors")
    }
    let bytes = message.bytes
    // SAFETY: the bytes are copied while `bytes` borrows the message, which owns their memory.
    options.argument = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    try self.init(options)
  }

  @usableFromInline
  convenience init(
    _ bound: BoundWork, workers: Int?, maxTasksPerWorker: Int?, collectsStatistics: Bool, threads: Int,
    name: String
  ) throws(PoolError) {
    var options = Self.options(workers, .forkServer, maxTasksPerWorker, name)
    options.limit(memory: nil, idle: nil, pins: false, threads: threads)
    options.bound = bound
    options.collectsStatistics = collectsStatistics
    try self.init(options)
  }

  private init(_ options: PoolCore.Options) throws(PoolError) {
    core = try PoolCore(options)
  }

  deinit { core.close(cancelsPending: true) }

  private static func options(
    _ workers: Int?, _ method: StartMethod?, _ mostTasks: Int?, _ name: String
  ) -> PoolCore.Options {
    let count = workers ?? min(ComputeBudget.cores, PoolRegion.mostWorkers)
    if !(0...PoolRegion.mostWorkers).contains(count) {
      fatalError("A pool can have 0 to \(PoolRegion.mostWorkers) workers, not \(count).")
    }
    if let mostTasks, mostTasks < 1 { fatalError("maxTasksPerWorker must be at least 1, not \(mostTasks).") }
    let chosen = method ?? StartMethod.usedDefault()
    return PoolCore.Options(
      workers: count, method: chosen == .automatic ? .forkServer : chosen, mostTasks: mostTasks ?? 0,
      name: name)
  }

  static func name<Function: WorkFunction>(of function: Function.Type) throws(PoolError) -> String {
    do throws(ProcessError) { return try Function.resolvableName() } catch { throw PoolError(error) }
  }

  // MARK: Managing the pool

  /// The number of workers the pool is set to have.
  public var workerCount: Int { core.locked { core.workers.wanted } }

  /// The process IDs of the workers, in the order of the workers' numbers.
  public var workerPIDs: [Int] {
    core.locked { core.workers.handles.sorted { $0.key < $1.key }.map { $0.value.process.pid } }
  }

  /// Changes the number of workers. Surplus workers leave when they have finished their chunks.
  ///
  /// - Throws: ``PoolError`` with code `cannotStart`, after which the pool has the workers that
  ///   could be started; `closed`.
  /// - Precondition: 1 to 256 workers, and a pool that was made with at least one.
  public func resize(to count: Int) throws(PoolError) {
    if !(1...PoolRegion.mostWorkers).contains(count) {
      fatalError("resize(to:) needs 1 to \(PoolRegion.mostWorkers) workers, not \(count).")
    }
    if core.isHere { fatalError("A pool without workers cannot be resized to \(count).") }
    try core.resize(to: count)
  }

  /// Closes the pool to new work, and lets the workers leave when the work they have is done.
  ///
  /// - Parameters:
  ///   - wait: Whether to return only when the workers have left. A call from an observer of work
  ///     never waits for them.
  ///   - cancelsPending: Whether to drop work that no worker has started. The results of that work
  ///     throw `cancelled`, and so does a map with chunks that have not been started.
  public func shutdown(wait: Bool = true, cancelsPending: Bool = false) {
    core.close(cancelsPending: cancelsPending)
    if cancelsPending { core.stopAll() }
    if wait { _ = core.waitForEnd(until: Deadline(after: nil)) }
  }

  /// Kills all workers at once. Unfinished work throws `closed`. Returns when the workers have
  /// ended, unless an observer of work calls it.
  public func kill() {
    core.kill()
    _ = core.waitForEnd(until: Deadline(after: nil))
  }

  /// Starts a pool, passes it to `body`, and shuts it down after the work given to it is done.
  ///
  /// - Throws: ``PoolError`` with code `cannotStart`; errors that `body` throws, after which the
  ///   pool is killed.
  public static func with<Result>(
    workers: Int? = nil, startMethod: StartMethod? = nil, _ body: (ProcessPool) throws -> Result
  ) throws -> Result {
    let pool = try ProcessPool(workers: workers, startMethod: startMethod)
    do {
      let result = try body(pool)
      pool.shutdown()
      return result
    } catch {
      pool.kill()
      throw error
    }
  }
}

func encode(_ value: some Transferable) throws(PoolError) -> TransferMessage {
  do throws(TransferError) { return try TransferMessage(encoding: value) } catch {
    throw PoolError(.notTransferable, message: error.description)
  }
}
