public import SharedMemory
internal import Synchronization
internal import SystemLayer

/// A result that a pool is going to have.
///
///     let future = try pool.submit(Cube.self, 7)
///     print(try future.result(), try await future.value)
public final class PoolFuture<Output: Transferable>: Sendable {
  private let core: PoolCore
  private let job: PoolJob
  private let decoded = Mutex<Result<Output, PoolError>?>(nil)

  init(_ core: PoolCore, _ job: PoolJob) {
    self.core = core
    self.job = job
  }

  deinit { core.abandon(job) }

  /// Whether there is a result or an error.
  public var isDone: Bool { core.wait(job, until: Deadline(after: .zero)) }

  /// Waits for the end of the work.
  ///
  /// - Parameter timeout: how long to wait; 0 looks once, nil waits for ever.
  /// - Returns: whether it has ended.
  @discardableResult
  public func wait(timeout: Duration? = nil) -> Bool { core.wait(job, until: Deadline(after: timeout)) }

  func wait(until deadline: Deadline) -> Bool { core.wait(job, until: deadline) }

  /// Waits for the result, as often as asked.
  ///
  /// - Parameter timeout: how long to wait; 0 looks once, nil waits for ever.
  /// - Throws: ``PoolError``: `waitTimedOut`, after which the work goes on; else what kept it from being done.
  public func result(timeout: Duration? = nil) throws(PoolError) -> Output {
    guard core.wait(job, until: Deadline(after: timeout)) else { throw PoolError(.waitTimedOut) }
    return try outcome.get()
  }

  private var outcome: Result<Output, PoolError> {
    decoded.withLock { known in
      if let known { return known }
      let result: Result<Output, PoolError>
      do throws(PoolError) {
        let values: [Output] = try core.outputs(of: job)
        result = .success(values[0])
      } catch {
        result = .failure(error)
      }
      known = result
      return result
    }
  }

  /// The result, once it is there. The wait blocks no thread.
  ///
  /// - Throws: as ``result(timeout:)``.
  public var value: Output {
    get async throws {
      await withCheckedContinuation { continuation in onCompletion { continuation.resume() } }
      return try outcome.get()
    }
  }

  /// Calls a handler when the work has ended; at once, if it has. It runs on a thread of the pool's, or of whoever waits.
  public func onCompletion(_ handler: @escaping @Sendable () -> Void) {
    core.locked {
      if job.hasEnded { return core.calls.append(handler) }
      job.observers.append(handler)
      core.watch(job)
    }
  }

  /// Drops the work, if it has not begun.
  ///
  /// - Returns: whether it is dropped: its result throws `cancelled`.
  @discardableResult
  public func cancel() -> Bool {
    core.locked {
      if job.hasEnded { return job.failure?.code == .cancelled }
      if let place = core.pending.firstIndex(where: { $0 === job }) {
        core.pending.remove(at: place)
        job.failure = PoolError(.cancelled)
        core.end(job)
        return true
      }
      return core.stop(job)
    }
  }
}
