public import SharedArraysTransfer

/// The results of a pool's work, each as soon as it is there, while inputs are still being pulled.
///
///     for try await area in pool.mapUnordered(Area.self, shapes) { total += area }
///
///     for result in pool.mapOrdered(Area.self, shapes).results {      // the same in code that blocks its thread
///       total += try result.get()
///     }
///
/// Nothing is begun before the first result is asked for, and each reading calls the function anew, as a lazy sequence does. Who
/// stops early — by `break`, an error, a cancelled task, or by dropping the iterator — cancels what no worker has begun. What has
/// been begun is finished, and nobody waits for it.
public struct PoolStream<Output: Transferable>: AsyncSequence {
  public typealias Element = Output
  public typealias Failure = PoolError

  let begin: () -> StreamRun<Output>

  /// Begins a reading for a task, which is suspended while it waits.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(run: begin()) }

  /// Begins a reading for a thread, which is blocked while it waits.
  public func makeIterator() -> Iterator { Iterator(run: begin()) }

  /// The results for a `for` loop that blocks its thread. A failure is the last of them.
  public var results: Results { Results(stream: self) }

  /// One reading by a task.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let run: StreamRun<Output>

    /// Waits for the next result.
    ///
    /// - Returns: nil after the last result, and after an error.
    /// - Throws: ``PoolError``: the first failure, when the results that were there before have been read; `cancelled`, if the
    ///   task is.
    public func next(isolation actor: isolated (any Actor)?) async throws(PoolError) -> Output? {
      try await run.next(isolation: actor)
    }

    /// Waits for the next result.
    ///
    /// - Returns and throws: as ``next(isolation:)``.
    public func next() async throws(PoolError) -> Output? { try await run.next(isolation: nil) }
  }

  /// One reading by a thread.
  ///
  ///     var areas = pool.mapUnordered(Area.self, shapes).makeIterator()
  ///     while let area = try areas.next() { … }
  public struct Iterator {
    let run: StreamRun<Output>

    /// Waits for the next result.
    ///
    /// - Returns: nil after the last result, and after an error.
    /// - Throws: ``PoolError``: the first failure, when the results that were there before have been read.
    public func next() throws(PoolError) -> Output? { try run.next() }
  }

  /// The results as a sequence, whose `next()` cannot throw: each is in a `Result`.
  public struct Results: Sequence {
    let stream: PoolStream

    public func makeIterator() -> Iterator { Iterator(values: stream.makeIterator()) }

    /// One reading.
    public struct Iterator: IteratorProtocol {
      let values: PoolStream.Iterator

      /// Waits for the next result, or the failure, after which there is nothing.
      public func next() -> Result<Output, PoolError>? {
        do throws(PoolError) { return try values.next().map { .success($0) } } catch {
          return .failure(error)
        }
      }
    }
  }
}
