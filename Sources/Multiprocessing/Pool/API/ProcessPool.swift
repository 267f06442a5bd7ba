internal import SharedArraysSystem
internal import SharedArraysTransfer

/// Worker processes that stay, and do one call after another.
///
///     let pool = try ProcessPool(workers: 4)
///     let cubes = try pool.map(Cube.self, 0..<1_000_000)
///     let one = try pool.submit(Cube.self, 7)
///     print(cubes[3], try one.result())
///     pool.shutdown()
///
/// Any number of threads may use a pool at once. Calls begin in the order in which they were submitted, also where some of them
/// are cancelled; with one worker they end in this order too. A worker that dies is replaced, and the inputs that it worked on are given to
/// another one, so a function may be called more than once for the same input. An idle pool uses no processor time. Workers
/// end with the pool, and with this process.
///
/// What is encoded crosses a chunk at a time, in at most 1 GiB and with at most 252 arrays, locks and connections, each of which
/// takes a descriptor of this process for as long as it is there: results of many workers are better written into one array.
///
/// Where a worker is stopped, by SIGSTOP or a debugger, others do what it has not begun. The chunk in which it was stopped is
/// waited for until it goes on, or until the call's timeout ends it. ``shutdown(wait:cancelPending:)`` waits for stopped workers,
/// idle ones, too, and ``kill()`` does not.
public final class ProcessPool: Sendable {
  @usableFromInline let core: PoolCore

  /// Starts a pool.
  ///
  /// - Parameters:
  ///   - workers: how many processes; unless given, as many as can compute at the same time. With 0 the thread that makes a
  ///     call does the work itself, for debugging: a crash is the program's then, and time-outs have no effect.
  ///   - startMethod: how they are started; unless given, the default of this process.
  ///   - maxTasksPerWorker: after so many inputs, or the chunk in which they end, a worker is replaced by a fresh one.
  ///   - maxWorkerMemory: most bytes of a worker's own memory, shared memory not counted. A worker that has more when it has done
  ///     a chunk is replaced; one that has more in the middle of a chunk, for a tenth of a second, is killed, and the call throws
  ///     `outOfMemory`. Looked at only while there is work.
  ///   - idleTimeout: after so long without work, or at most twice that, all workers leave; the next call starts them again.
  ///   - pinsWorkers: whether each worker stays on a core of its own, if there are as many as cores that this process may use. Two
  ///     programs that do so on the same cores stand in each other's way.
  ///   - collectsStatistics: whether workers note down what they do when, for ``statistics``: two looks at the clock for each chunk.
  ///   - threadsPerWorker: how many threads OpenBLAS computes with in each worker, where the program has it; pinned workers have them
  ///     on their one core.
  ///   - name: that of a worker in ``CurrentProcess/name``, and in errors of its start; its number is added.
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
  /// Where it throws in any worker, that worker is not replaced, and all calls of the pool throw `initializerFailed`. No time-out
  /// ends it: calls wait while it runs.
  ///
  /// - Parameters:
  ///   - workers: how many processes; unless given, as many as can compute at the same time. With 0 the thread that makes a
  ///     call does the work itself, for debugging: a crash is the program's then, and time-outs have no effect.
  ///   - startMethod: how they are started; unless given, the default of this process.
  ///   - initializer: prepares a worker; what it returns is dropped.
  ///   - argument: what it gets.
  ///   - maxTasksPerWorker: after so many inputs, or the chunk in which they end, a worker is replaced by a fresh one.
  ///   - maxWorkerMemory: most bytes of a worker's own memory, shared memory not counted. A worker that has more when it has done
  ///     a chunk is replaced; one that has more in the middle of a chunk, for a tenth of a second, is killed, and the call throws
  ///     `outOfMemory`. Looked at only while there is work.
  ///   - idleTimeout: after so long without work, or at most twice that, all workers leave; the next call starts them again.
  ///   - pinsWorkers: whether each worker stays on a core of its own, if there are as many as cores that this process may use. Two
  ///     programs that do so on the same cores stand in each other's way.
  ///   - collectsStatistics: whether workers note down what they do when, for ``statistics``: two looks at the clock for each chunk.
  ///   - threadsPerWorker: how many threads OpenBLAS computes with in each worker, where the program has it; pinned workers have them
  ///     on their one core.
  ///   - name: that of a worker in ``CurrentProcess/name``, and in errors of its start; its number is added.
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
      throw PoolError(.notTransferable, message: "the argument of an initializer carries no file descriptors")
    }
    let bytes = message.bytes
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

  deinit { core.close(cancelPending: true) }

  private static func options(
    _ workers: Int?, _ method: StartMethod?, _ mostTasks: Int?, _ name: String
  ) -> PoolCore.Options {
    let count = workers ?? min(ComputeBudget.cores, PoolRegion.mostWorkers)
    if !(0...PoolRegion.mostWorkers).contains(count) {
      fatalError("A pool has 0 to \(PoolRegion.mostWorkers) workers, not \(count).")
    }
    if let mostTasks, mostTasks < 1 { fatalError("A worker does at least one task, not \(mostTasks).") }
    let chosen = method ?? StartMethod.usedDefault()
    return PoolCore.Options(
      workers: count, method: chosen == .automatic ? .forkServer : chosen, mostTasks: mostTasks ?? 0,
      name: name)
  }

  static func name<Function: WorkFunction>(of function: Function.Type) throws(PoolError) -> String {
    do throws(ProcessError) { return try Function.resolvableName() } catch { throw PoolError(error) }
  }

  // MARK: Looking after it

  /// How many workers it is to have.
  public var workerCount: Int { core.locked { core.wanted } }

  /// The processes of its workers, by the workers' numbers.
  public var workerPIDs: [Int] {
    core.locked { core.workers.sorted { $0.key < $1.key }.map { $0.value.process.pid } }
  }

  /// Changes how many workers there are. Those that are too many leave when they have done their chunk.
  ///
  /// - Throws: ``PoolError`` with code `cannotStart`, with as many workers as could be started; `closed`.
  /// - Precondition: 1 to 256 workers, and a pool that has any.
  public func resize(to count: Int) throws(PoolError) {
    if !(1...PoolRegion.mostWorkers).contains(count) {
      fatalError("A pool has 1 to \(PoolRegion.mostWorkers) workers, not \(count).")
    }
    if core.isHere { fatalError("A pool without workers cannot be resized to \(count).") }
    try core.resize(to: count)
  }

  /// Takes no more work, and lets the workers leave when they have done what there is.
  ///
  /// - Parameters:
  ///   - wait: whether to return only when they have left; an observer of work never waits for that.
  ///   - cancelPending: whether work that no worker has begun is dropped: its results throw `cancelled`, and so does a map
  ///     some of whose chunks have not been begun.
  public func shutdown(wait: Bool = true, cancelPending: Bool = false) {
    core.close(cancelPending: cancelPending)
    if cancelPending { core.stopAll() }
    if wait { _ = core.waitForEnd(until: Deadline(after: nil)) }
  }

  /// Kills all workers at once; work that is not finished throws `closed`. Returns when they have ended, unless an observer of work
  /// calls it.
  public func kill() {
    core.kill()
    _ = core.waitForEnd(until: Deadline(after: nil))
  }

  /// Starts a pool for the time of a call, which then waits for all that it was given.
  ///
  /// - Throws: ``PoolError`` with code `cannotStart`; what `body` throws, after which the pool is killed.
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
