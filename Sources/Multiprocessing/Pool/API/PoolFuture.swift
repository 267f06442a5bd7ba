internal import SharedArraysSystem
public import SharedArraysTransfer
internal import Synchronization

/// The future result of work that was submitted to a pool.
///
///     let future = try pool.submit(Cube.self, 7)
///     print(try future.result(), try await future.value)
public final class PoolFuture<Output: Transferable>: Sendable {
  @usableFromInline let core: PoolCore
  @usableFromInline let job: PoolJob
  /// The decoded result, for outputs that are encoded; nil for outputs that are bytes, which are
  /// copied from the job at each reading.
  @usableFromInline let decoded: DecodedResult<Output>?

  @inlinable
  init(_ core: PoolCore, _ job: PoolJob) {
    self.core = core
    self.job = job
    decoded = Output.isBitwiseTransferable && MemoryLayout<Output>.size > 0 ? nil : DecodedResult()
  }

  @inlinable
  deinit { if job.inlineByteCount == 0 { core.abandon(job) } }

  /// Whether the work has ended, with a result or an error.
  public var isDone: Bool { core.wait(job, until: Deadline(after: .zero)) }

  /// Waits for the work to end.
  ///
  /// - Parameter timeout: The longest wait. 0 checks once, and nil waits forever.
  /// - Returns: Whether the work has ended.
  @discardableResult
  public func wait(timeout: Duration? = nil) -> Bool { core.wait(job, until: Deadline(after: timeout)) }

  func wait(until deadline: Deadline) -> Bool { core.wait(job, until: deadline) }

  /// Waits for the work to end and returns its result. Later calls return the same result.
  ///
  /// - Parameter timeout: The longest wait. 0 checks once, and nil waits forever.
  /// - Throws: ``PoolError``: `timedOut`, after which the work continues, or the reason the
  ///   work failed.
  @inlinable
  public func result(timeout: Duration? = nil) throws(PoolError) -> Output {
    guard Output.isBitwiseTransferable, MemoryLayout<Output>.size > 0 else {
      return try resultAsTold(timeout)
    }
    // After that wait the work has ended in another way, or no time is left.
    guard core.waitForBytes(of: job, timeout) else { return try resultAsTold(.zero) }
    // SAFETY: the job keeps the bytes of the output, which no longer change.
    return unsafe withUnsafeTemporaryAllocation(of: Output.self, capacity: 1) { place in
      let start = unsafe place.baseAddress.unsafelyUnwrapped
      unsafe UnsafeMutableRawPointer(start).copyMemory(
        from: job.inlineOutput, byteCount: MemoryLayout<Output>.size)
      return unsafe start.move()
    }
  }

  @usableFromInline
  func resultAsTold(_ timeout: Duration?) throws(PoolError) -> Output {
    try core.requireOwn()
    guard core.wait(job, until: Deadline(after: timeout)) else { throw PoolError(.timedOut) }
    return try outcome.get()
  }

  private var outcome: Result<Output, PoolError> {
    let decode = { () throws(PoolError) in
      try self.core.requireOwn()
      return try self.core.outputs(of: self.job, as: Output.self)[0]
    }
    if let decoded { return decoded.value(decode) }
    do throws(PoolError) { return .success(try decode()) } catch { return .failure(error) }
  }

  /// The result. The wait blocks no thread. Cancelling the waiting task does not end the wait: call
  /// ``cancel()`` for that.
  ///
  /// - Throws: The same errors as ``result(timeout:)``.
  public var value: Output {
    get async throws {
      await withCheckedContinuation { continuation in onCompletion { continuation.resume() } }
      return try outcome.get()
    }
  }

  /// Calls a handler when the work has ended, or at once if it has ended already. The handler runs
  /// on a thread of the pool or on a thread that waits.
  ///
  /// A handler can use its pool, wait for its work, and end it. While it runs, it delays the pool's
  /// other handlers, tasks that await ``value``, and tasks that read a stream by `for try await`. A
  /// handler that waits for one of these to act deadlocks.
  public func onCompletion(_ handler: @escaping @Sendable () -> Void) { core.observe(job, handler) }

  /// Drops the work if it has not started.
  ///
  /// - Returns: Whether the work was dropped. If it was, its result throws `cancelled`.
  @discardableResult
  public func cancel() -> Bool { core.cancel(job) }
}

extension PoolCore {
  /// Calls a handler when a job has ended, or at once if it has ended already.
  func observe(_ job: PoolJob, _ handler: @escaping @Sendable () -> Void) {
    // A process that was forked from the pool's process is not informed of any end.
    if generation != ForkCounters.generation { return handler() }
    locked {
      if job.hasEnded { return calls.append(handler) }
      job.observers.append(handler)
      watch(job)
    }
  }

  /// Drops a job if none of it has started, and returns whether it was dropped.
  @discardableResult
  func cancel(_ job: PoolJob) -> Bool {
    if generation != ForkCounters.generation { return false }
    return locked {
      if job.hasEnded { return job.failure?.code == .cancelled }
      if jobs.pending.remove(job) {
        job.failure = PoolError(.cancelled)
        end(job)
        return true
      }
      return stop(job)
    }
  }
}

/// A result that is decoded once and then kept.
@usableFromInline
final class DecodedResult<Output: Sendable>: Sendable {
  private let known = ForkableMutex<Result<Output, PoolError>?>(nil)

  @usableFromInline
  init() {}

  func value(_ decode: () throws(PoolError) -> Output) -> Result<Output, PoolError> {
    known.withLock { known in
      if let known { return known }
      let result: Result<Output, PoolError>
      do throws(PoolError) { result = .success(try decode()) } catch { result = .failure(error) }
      known = result
      return result
    }
  }
}
