internal import SharedArraysSystem
public import SharedArraysTransfer
internal import Synchronization

/// A result that a pool is going to have.
///
///     let future = try pool.submit(Cube.self, 7)
///     print(try future.result(), try await future.value)
public final class PoolFuture<Output: Transferable>: Sendable {
  @usableFromInline let core: PoolCore
  @usableFromInline let job: PoolJob
  /// What an encoded result means; results that are bytes are read from the job each time.
  @usableFromInline let decoded: DecodedResult<Output>?

  @inlinable
  init(_ core: PoolCore, _ job: PoolJob) {
    self.core = core
    self.job = job
    decoded = Output.crossesAsItsBytes && MemoryLayout<Output>.size > 0 ? nil : DecodedResult()
  }

  @inlinable
  deinit { if job.inlineByteCount == 0 { core.abandon(job) } }

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
  @inlinable
  public func result(timeout: Duration? = nil) throws(PoolError) -> Output {
    guard Output.crossesAsItsBytes, MemoryLayout<Output>.size > 0 else { return try resultAsTold(timeout) }
    // After that wait it has ended otherwise, or there is no time left.
    guard core.waitForBytes(of: job, timeout) else { return try resultAsTold(.zero) }
    // SAFETY: the bytes of an output stand there, and do not change any more.
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
    guard core.wait(job, until: Deadline(after: timeout)) else { throw PoolError(.waitTimedOut) }
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

  /// The result, once it is there. The wait blocks no thread, and does not end when the task that waits is cancelled: call
  /// ``cancel()`` for that.
  ///
  /// - Throws: as ``result(timeout:)``.
  public var value: Output {
    get async throws {
      await withCheckedContinuation { continuation in onCompletion { continuation.resume() } }
      return try outcome.get()
    }
  }

  /// Calls a handler when the work has ended; at once, if it has. It runs on a thread of the pool's, or of whoever waits.
  ///
  /// A handler can use its pool, wait for its work, and end it. It holds up others of the pool, and what awaits ``value`` or reads
  /// a stream by `for try await`, for as long as it runs: one that waits for what another of them is to do waits for ever.
  public func onCompletion(_ handler: @escaping @Sendable () -> Void) { core.observe(job, handler) }

  /// Drops the work, if it has not begun.
  ///
  /// - Returns: whether it is dropped: its result throws `cancelled`.
  @discardableResult
  public func cancel() -> Bool { core.cancel(job) }
}

extension PoolCore {
  /// Calls a handler when a job has ended; at once, if it has.
  func observe(_ job: PoolJob, _ handler: @escaping @Sendable () -> Void) {
    // A process that was forked from the pool's learns of no end.
    if generation != ForkHistory.generation { return handler() }
    locked {
      if job.hasEnded { return calls.append(handler) }
      job.observers.append(handler)
      watch(job)
    }
  }

  /// Drops a job of which nothing has begun; whether it is dropped.
  @discardableResult
  func cancel(_ job: PoolJob) -> Bool {
    if generation != ForkHistory.generation { return false }
    return locked {
      if job.hasEnded { return job.failure?.code == .cancelled }
      if pending.remove(job) {
        job.failure = PoolError(.cancelled)
        end(job)
        return true
      }
      return stop(job)
    }
  }
}

/// A result that is decoded once.
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
