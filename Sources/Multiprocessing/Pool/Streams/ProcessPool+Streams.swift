extension ProcessPool {
  /// Calls a function for every input, and yields the outputs of each chunk, one by one, as soon as
  /// the chunk is done.
  ///
  /// - Parameters:
  ///   - function: The function to call. The workers find it by its name.
  ///   - inputs: The inputs, as any sequence, even an infinite one. The reader of the stream pulls
  ///     them, and only as far as the window has room.
  ///   - chunkSize: The number of inputs a worker takes at a time. The default is one or two at
  ///     first, then about two milliseconds' worth, at most 256.
  ///   - window: The number of chunks that can be in flight, or done and unread. The default is
  ///     four for each worker.
  ///   - timeout: The longest time a chunk may take. Only the worker of the chunk that exceeds it
  ///     is killed.
  ///   - retries: The number of times a chunk is retried after the death of its worker.
  ///   - progress: Receives progress reports as results are read.
  /// - Precondition: The chunk size and the window are at least 1.
  public func mapUnordered<Function: WorkFunction, Inputs: Sequence>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil,
    timeout: Duration? = nil, retries: Int = 2, progress: ProgressReport? = nil
  ) -> PoolStream<Function.Output> where Inputs.Element == Function.Input {
    stream(function, inputs, false, chunkSize, window, timeout, retries, progress)
  }

  /// Calls a function for every input, and yields the outputs in the order of the inputs, each as
  /// soon as all before it are available.
  ///
  /// - Parameters and precondition: The same as those of
  ///   ``mapUnordered(_:_:chunkSize:window:timeout:retries:progress:)``.
  public func mapOrdered<Function: WorkFunction, Inputs: Sequence>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil,
    timeout: Duration? = nil, retries: Int = 2, progress: ProgressReport? = nil
  ) -> PoolStream<Function.Output> where Inputs.Element == Function.Input {
    stream(function, inputs, true, chunkSize, window, timeout, retries, progress)
  }

  private func stream<Function: WorkFunction, Inputs: Sequence>(
    _ function: Function.Type, _ inputs: Inputs, _ isOrdered: Bool, _ chunkSize: Int?, _ window: Int?,
    _ timeout: Duration?, _ retries: Int, _ progress: ProgressReport?
  ) -> PoolStream<Function.Output> where Inputs.Element == Function.Input {
    if let chunkSize, chunkSize < 1 { fatalError("chunkSize must be at least 1 input, not \(chunkSize).") }
    if let window, window < 1 { fatalError("window must be at least 1 chunk, not \(window).") }
    // Counting the inputs of other sequences could call closures of the program.
    let total = (inputs as? any RandomAccessCollection)?.count
    return PoolStream {
      var source = StreamSource<Function, Inputs.Iterator>(
        self.core, inputs.makeIterator(), chunkSize: chunkSize, timeout: timeout, retries: retries)
      let meter = progress.map { ProgressMeter($0, total: total) }
      return StreamRun(
        self, window: window ?? 4 * max(1, self.workerCount), isOrdered: isOrdered, meter: meter
      ) { () throws(PoolError) in
        try source.next().map { StreamRun.Chunk(job: $0.job, first: $0.first) }
      }
    }
  }
}

extension ClosurePool {
  /// Calls the closure for every input, and yields the results of each chunk as soon as it is done.
  ///
  /// - Parameters and precondition: The same as those of
  ///   ``ProcessPool/mapUnordered(_:_:chunkSize:window:timeout:retries:progress:)``.
  public func mapUnordered<Inputs: Sequence>(
    _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) -> PoolStream<Output> where Inputs.Element == Input {
    pool.mapUnordered(
      BoundCall<Input, Output>.self, inputs, chunkSize: chunkSize, window: window, timeout: timeout,
      retries: retries, progress: progress)
  }

  /// Calls the closure for every input, and yields the results in the order of the inputs, each as
  /// soon as all before it are available.
  ///
  /// - Parameters and precondition: The same as those of
  ///   ``ProcessPool/mapUnordered(_:_:chunkSize:window:timeout:retries:progress:)``.
  public func mapOrdered<Inputs: Sequence>(
    _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) -> PoolStream<Output> where Inputs.Element == Input {
    pool.mapOrdered(
      BoundCall<Input, Output>.self, inputs, chunkSize: chunkSize, window: window, timeout: timeout,
      retries: retries, progress: progress)
  }
}
