internal import SharedArraysSystem
public import SharedArraysTransfer

extension ProcessPool {
  /// Calls a function for every input, and returns the outputs in the order of the inputs.
  ///
  /// - Parameters:
  ///   - function: The function to call. The workers find it by its name.
  ///   - inputs: The inputs. A range of integers costs nothing, arrays of numbers are copied once,
  ///     and other values are encoded.
  ///   - chunkSize: The number of inputs a worker takes at a time. The default is a sixty-fourth of
  ///     an even share, or less if recent tasks of this function took long.
  ///   - timeout: The longest time a chunk may take. Only the worker of the chunk that exceeds it
  ///     is killed.
  ///   - retries: The number of times a chunk is retried after the death of its worker.
  ///   - progress: Receives progress reports. A pool without workers reports only the end.
  /// - Throws: ``PoolError``: the first failure, after which no more chunks are started.
  /// - Precondition: The chunk size is at least 1.
  public func map<Function: WorkFunction, Inputs: Collection>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int? = nil, timeout: Duration? = nil,
    retries: Int = 2, progress: ProgressReport? = nil
  ) throws(PoolError) -> [Function.Output] where Inputs.Element == Function.Input {
    let job = try core.job(function, inputs, chunkSize: chunkSize, timeout: timeout, retries: retries)
    try core.run(job, progress)
    defer { core.abandon(job) }
    return try core.outputs(of: job)
  }

  /// Calls a function for every input.
  ///
  /// - Throws: The same errors as ``map(_:_:chunkSize:timeout:retries:progress:)``.
  public func forEach<Function: WorkFunction, Inputs: Collection>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int? = nil, timeout: Duration? = nil,
    retries: Int = 2, progress: ProgressReport? = nil
  ) throws(PoolError) where Inputs.Element == Function.Input {
    _ = try map(
      function, inputs, chunkSize: chunkSize, timeout: timeout, retries: retries, progress: progress)
  }

  /// Calls a function for every input, and combines the outputs in this process, in the order of
  /// the inputs.
  ///
  /// - Throws: The same errors as ``map(_:_:chunkSize:timeout:retries:progress:)``.
  public func reduce<Function: WorkFunction, Inputs: Collection, Result>(
    _ function: Function.Type, _ inputs: Inputs, _ initial: Result, chunkSize: Int? = nil,
    combine: (Result, Function.Output) -> Result
  ) throws(PoolError) -> Result where Inputs.Element == Function.Input {
    try map(function, inputs, chunkSize: chunkSize).reduce(initial, combine)
  }

  /// Submits a function and its input to the pool, and returns at once.
  ///
  /// - Parameters:
  ///   - function: The function to call. The worker finds it by its name.
  ///   - input: The input of the function.
  ///   - timeout: The longest time the call may take once it has started. A worker that exceeds it
  ///     is killed.
  ///   - retries: The number of times the call is retried after the death of its worker.
  /// - Throws: ``PoolError`` with code `closed`, `notTransferable`, `notResolvable`,
  ///   `initializerFailed`, `cannotStart`.
  @inlinable
  public func submit<Function: WorkFunction>(
    _ function: Function.Type, _ input: Function.Input, timeout: Duration? = nil, retries: Int = 2
  ) throws(PoolError) -> PoolFuture<Function.Output> {
    if Function.Input.isBitwiseTransferable, Function.Output.isBitwiseTransferable,
      MemoryLayout<Function.Input>.size > 0, MemoryLayout<Function.Output>.size > 0
    {
      // SAFETY: the bytes are read only during the call.
      let job = unsafe withUnsafeBytes(of: input) { bytes in
        unsafe core.submitOne(
          ObjectIdentifier(function),
          integer: Function.Input.self == Int.self ? bytes.load(as: Int.self) : nil, input: bytes,
          outputByteCount: MemoryLayout<Function.Output>.stride, timeout: timeout, retries: retries)
      }
      if let job { return PoolFuture(core, job) }
    }
    return try submitEncoded(function, input, timeout, retries)
  }

  @usableFromInline
  func submitEncoded<Function: WorkFunction>(
    _ function: Function.Type, _ input: Function.Input, _ timeout: Duration?, _ retries: Int
  ) throws(PoolError) -> PoolFuture<Function.Output> {
    let job = try core.job(function, CollectionOfOne(input), chunkSize: 1, timeout: timeout, retries: retries)
    try core.submit(job)
    return PoolFuture(core, job)
  }
}

extension PoolCore {
  /// Returns a job that calls a function for inputs.
  func job<Function: WorkFunction, Inputs: Collection>(
    _ function: Function.Type, _ inputs: Inputs, chunkSize: Int?, target: OutputTarget? = nil,
    timeout: Duration?, retries: Int
  ) throws(PoolError) -> PoolJob where Inputs.Element == Function.Input {
    if let chunkSize, chunkSize < 1 { fatalError("chunkSize must be at least 1 input, not \(chunkSize).") }
    let count = inputs.count
    let size = isHere ? max(1, count) : min(chunkSize ?? usualChunkSize(function, count), max(1, count))
    let input: PoolJob.Input
    if Inputs.self == Range<Int>.self, let range = inputs as? Range<Int> {
      input = .integers(from: range.lowerBound)
    } else if Function.Input.self == Int.self, count == 1, let first = inputs.first as? Int {
      input = .integers(from: first)
    } else if Function.Input.isBitwiseTransferable, MemoryLayout<Function.Input>.size > 0 {
      let values = Array(inputs)
      input = unsafe .raw(stride: MemoryLayout<Function.Input>.stride) { place in
        unsafe values.withUnsafeBytes { source in
          if let start = source.baseAddress { unsafe place.copyMemory(from: start, byteCount: source.count) }
        }
      }
    } else {
      input = .framed(try Self.framed(Array(inputs), chunkSize: size))
    }
    let isRaw =
      target == nil && Function.Output.isBitwiseTransferable && MemoryLayout<Function.Output>.size > 0
    return PoolJob(
      function: ObjectIdentifier(function), functionName: try name(of: function), input: input, count: count,
      chunkSize: size,
      outputStride: isRaw ? MemoryLayout<Function.Output>.stride : nil, target: target, timeout: timeout,
      retries: retries)
  }

  private static func framed<Input: Transferable>(
    _ inputs: [Input], chunkSize: Int
  ) throws(PoolError) -> [EncodedMessage] {
    var boxes: [EncodedMessage] = []
    var first = 0
    while first < inputs.count {
      let last = min(first + chunkSize, inputs.count)
      boxes.append(EncodedMessage(try encode(Array(inputs[first..<last]))))
      first = last
    }
    return boxes
  }

  /// Returns a sixty-fourth of an even share: no worker then waits long for the others at the end,
  /// and claiming the chunks costs almost nothing. If recent tasks took long, returns less, about
  /// two milliseconds' worth.
  private func usualChunkSize<Function: WorkFunction>(_ function: Function.Type, _ count: Int) -> Int {
    let size = max(1, count / (64 * max(1, region.usedWorkers)))
    guard let cost = cost(of: function) else { return size }
    return max(1, min(size, Int(.milliseconds(2) / cost)))
  }

  /// Returns the recent average time of a task of a function; nil if no task has been measured.
  func cost<Function: WorkFunction>(of function: Function.Type) -> Duration? {
    locked { functions.number(of: ObjectIdentifier(function)) }.flatMap { region.cost(of: $0) }
  }

  /// Returns the outputs of a job that has ended. Encoded outputs can be taken only once.
  func outputs<Output: Transferable>(of job: PoolJob, as type: Output.Type = Output.self) throws(PoolError)
    -> [Output]
  {
    if let failure = job.failure { throw failure }
    if job.count == 0 { return [] }
    if job.outputStride != nil {
      let values: [Output]
      if let place = job.output {
        // SAFETY: the memory holds `job.count` outputs, which cross as their bytes, until it is
        // given back.
        let start = unsafe (region.base + place).assumingMemoryBound(to: Output.self)
        values = unsafe Array(UnsafeBufferPointer(start: start, count: job.count))
      } else {
        values = unsafe [Output](unsafeUninitializedCapacity: job.count) { buffer, filled in
          // SAFETY: both the source and the buffer have room for `inlineByteCount` bytes, the size
          // of all outputs.
          unsafe UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(
            from: job.inlineOutput, byteCount: job.inlineByteCount)
          filled = job.count
        }
      }
      return values
    }
    var values: [Output] = []
    values.reserveCapacity(job.count)
    for chunk in 0..<job.chunkCount {
      guard let message = job.answers[chunk]?.take() else {
        throw PoolError(
          .notTransferable, message: "the result of chunk \(chunk) is missing, or an earlier call took it")
      }
      do throws(TransferError) { values += try message.decode(as: [Output].self) } catch {
        throw PoolError(.notTransferable, message: error.description)
      }
    }
    return values
  }
}
