public import SharedArraysTransfer

/// The results of a pool's work, each as soon as it is available, while inputs are still being
/// pulled.
///
///     for try await area in pool.mapUnordered(Area.self, shapes) { total += area }
///
///     for result in pool.mapOrdered(Area.self, shapes).results {      // the same in code that blocks its thread
///       total += try result.get()
///     }
///
/// No work starts before the first result is requested. Each iteration calls the function again, as
/// a lazy sequence does. A reader that stops early — by `break`, an error, a cancelled task, or by
/// dropping the iterator — cancels the chunks that no worker has started. Chunks in progress are
/// finished, and the reader does not wait for them.
public struct PoolStream<Output: Transferable>: AsyncSequence {
  public typealias Element = Output
  public typealias Failure = PoolError

  let begin: () -> StreamRun<Output>

  /// Starts an iteration for a task, which is suspended while it waits.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(run: begin()) }

  /// Starts an iteration for a thread, which is blocked while it waits.
  public func makeIterator() -> Iterator { Iterator(run: begin()) }

  /// The results, for a `for` loop that blocks its thread. A failure is the last element.
  public var results: Results { Results(stream: self) }

  /// An iteration by a task.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let run: StreamRun<Output>

    /// Waits for the next result.
    ///
    /// - Returns: The next result; nil after the last result, and after an error.
    /// - Throws: ``PoolError``: the first failure, when the results that were available before it
    ///   have been read; `cancelled`, if the task is cancelled.
    public func next(isolation actor: isolated (any Actor)?) async throws(PoolError) -> Output? {
      try await run.next(isolation: actor)
    }

    /// Waits for the next result.
    ///
    /// - Returns and throws: The same as ``next(isolation:)``.
    public func next() async throws(PoolError) -> Output? { try await run.next(isolation: nil) }
  }

  /// An iteration by a thread.
  ///
  ///     var areas = pool.mapUnordered(Area.self, shapes).makeIterator()
  ///     while let area = try areas.next() { … }
  public struct Iterator {
    let run: StreamRun<Output>

    /// Waits for the next result.
    ///
    /// - Returns: The next result; nil after the last result, and after an error.
    /// - Throws: ``PoolError``: the first failure, when the results that were available before it
    ///   have been read.
    public func next() throws(PoolError) -> Output? { try run.next() }
  }

  /// The results as a sequence of `Result` values, since its `next()` cannot throw.
  public struct Results: Sequence {
    let stream: PoolStream

    public func makeIterator() -> Iterator { Iterator(values: stream.makeIterator()) }

    /// An iteration.
    public struct Iterator: IteratorProtocol {
      let values: PoolStream.Iterator

      /// Waits for the next result, or for the failure, which is the last element.
      public func next() -> Result<Output, PoolError>? {
        do throws(PoolError) { return try values.next().map { .success($0) } } catch {
          return .failure(error)
        }
      }
    }
  }
}
