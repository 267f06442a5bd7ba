extension ProcessPool {
  /// Calls a function for every input, and gives the outputs as they come: the results of a chunk, one by one, as soon as it is done.
  ///
  /// - Parameters:
  ///   - function: found by its name in the workers.
  ///   - inputs: any sequence, also an endless one. It is pulled by whoever reads the stream, and no further than the window has room.
  ///   - chunkSize: how many inputs a worker takes at a time; unless given, one or two at first, then about two milliseconds' worth,
  ///     at most 256.
  ///   - window: how many chunks may be under way, or done and not read; unless given, four for each worker.
  ///   - timeout: how long a chunk may take. The worker of one that takes longer is killed, and no other.
  ///   - retries: how often a chunk is begun anew after the death of its worker.
  ///   - progress: what is told of how far it is, as results are read.
  /// - Precondition: chunk size and window are at least 1.
  public func mapUnordered<Function: WorkFunction, Inputs: Sequence>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil,
    timeout: Duration? = nil, retries: Int = 2, progress: ProgressReport? = nil
  ) -> PoolStream<Function.Output> where Inputs.Element == Function.Input {
    stream(function, inputs, false, chunkSize, window, timeout, retries, progress)
  }

  /// Calls a function for every input, and gives the outputs in the order of the inputs, each as soon as all before it are there.
  ///
  /// - Parameters and precondition: as ``mapUnordered(_:_:chunkSize:window:timeout:retries:progress:)``.
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
    if let chunkSize, chunkSize < 1 { fatalError("A chunk has at least one input, not \(chunkSize).") }
    if let window, window < 1 { fatalError("At least one chunk is under way, not \(window).") }
    // Others would have to count, and to call closures of the program's for that.
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
  /// The results for all inputs, as they come.
  ///
  /// - Parameters and precondition: as ``ProcessPool/mapUnordered(_:_:chunkSize:window:timeout:retries:progress:)``.
  public func mapUnordered<Inputs: Sequence>(
    _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) -> PoolStream<Output> where Inputs.Element == Input {
    pool.mapUnordered(
      BoundCall<Input, Output>.self, inputs, chunkSize: chunkSize, window: window, timeout: timeout,
      retries: retries, progress: progress)
  }

  /// The results for all inputs, in their order, each as soon as all before it are there.
  ///
  /// - Parameters and precondition: as ``ProcessPool/mapUnordered(_:_:chunkSize:window:timeout:retries:progress:)``.
  public func mapOrdered<Inputs: Sequence>(
    _ inputs: Inputs, chunkSize: Int? = nil, window: Int? = nil, timeout: Duration? = nil, retries: Int = 2,
    progress: ProgressReport? = nil
  ) -> PoolStream<Output> where Inputs.Element == Input {
    pool.mapOrdered(
      BoundCall<Input, Output>.self, inputs, chunkSize: chunkSize, window: window, timeout: timeout,
      retries: retries, progress: progress)
  }
}
