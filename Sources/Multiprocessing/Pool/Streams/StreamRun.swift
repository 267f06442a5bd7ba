internal import SharedArraysSystem
internal import SharedArraysTransfer

/// An iteration of a stream: the chunks in flight, and the results that come next. The reader
/// drives it: the call that takes results also pulls inputs and submits chunks, so no other thread
/// ever waits for the reader.
///
/// Its deinitialization cancels the chunks that have not started, and abandons those that have: the
/// pool's thread ends them and frees their memory.
final class StreamRun<Output: Transferable> {
  /// A chunk that was submitted to the pool, and the index of its first input in the whole stream.
  struct Chunk {
    let job: PoolJob
    let first: Int
  }

  enum Step {
    case value(Output)
    case end
    /// No result is available until a chunk has ended.
    case wait
  }

  typealias Source = () throws(PoolError) -> Chunk?

  /// The pool, kept so that it is not closed while the stream is read.
  private let pool: ProcessPool
  private let window: Int
  private let isOrdered: Bool
  private let arrivals = StreamArrivals()
  private let meter: ProgressMeter?

  /// Makes chunks of inputs; nil when no inputs are left, or no more are wanted.
  private var source: Source?
  private var underway: [Int: Chunk] = [:]
  private var nextNumber = 0
  /// The chunks that have ended and have not been read, in the order of their ends.
  private var ready: [Int] = []
  /// The chunk whose results are next, in an ordered stream.
  private var head = 0
  /// The error that ended the inputs too early.
  private var refusal: PoolError?
  private var values: [Output] = []
  private var position = 0

  private var core: PoolCore { pool.core }

  init(_ pool: ProcessPool, window: Int, isOrdered: Bool, meter: ProgressMeter?, _ source: @escaping Source) {
    self.pool = pool
    // A reader that does the work itself does no more than it requests.
    self.window = pool.core.isHere ? 1 : window
    self.isOrdered = isOrdered
    self.meter = meter
    self.source = source
  }

  deinit { cancel() }

  // MARK: Reading

  /// Blocks the thread until a result is available, and returns it; nil at the end.
  func next() throws(PoolError) -> Output? {
    while true {
      let stamp = arrivals.stamp
      switch try step() {
      case .value(let value): return value
      case .end: return nil
      case .wait: waitForEnds(since: stamp)
      }
    }
  }

  /// Suspends the task until a result is available, and returns it; nil at the end.
  func next(isolation: isolated (any Actor)?) async throws(PoolError) -> Output? {
    while true {
      if Task.isCancelled || arrivals.isCancelled {
        cancel()
        throw PoolError(.cancelled)
      }
      let stamp = arrivals.stamp
      switch try step() {
      case .value(let value): return value
      case .end: return nil
      case .wait: await arrivals.wait(since: stamp, isolation: isolation)
      }
    }
  }

  /// Blocks the thread until a chunk has ended, or for a moment.
  ///
  /// The pool's thread calls the observers that report the ends. It calls no other observer while
  /// it is in one that waits, so a reader also checks the chunks at intervals. A reader inside such
  /// an observer manages the pool while it waits.
  private func waitForEnds(since stamp: UInt32) {
    let next = Deadline(after: StallRecovery.interval)
    if core.isManager, let oldest = underway.min(by: { $0.key < $1.key }) {
      _ = core.wait(oldest.value.job, until: next)
    } else {
      arrivals.wait(since: stamp, until: next)
    }
    if arrivals.stamp != stamp { return }
    for (number, chunk) in underway where core.wait(chunk.job, until: Deadline(after: .zero)) {
      arrivals.post(number)
    }
  }

  private func step() throws(PoolError) -> Step {
    while true {
      if position < values.count {
        defer { position += 1 }
        if let meter { meter.update(meter.done + 1) }
        return .value(values[position])
      }
      values = []
      position = 0
      note(arrivals.take())
      fill()
      guard let chunk = takeReady() else {
        guard underway.isEmpty, source == nil else { return .wait }
        defer { refusal = nil }
        meter?.finish()
        if let refusal { throw refusal }
        return .end
      }
      try open(chunk)
      // The workers stay busy while the reader uses these results.
      if !core.isHere { fill() }
    }
  }

  private func takeReady() -> Chunk? {
    if isOrdered {
      guard let chunk = underway[head], chunk.job.hasEnded else { return nil }
      underway[head] = nil
      head += 1
      return chunk
    }
    while !ready.isEmpty {
      // A chunk whose end the reader has found itself is reported a second time.
      if let chunk = underway.removeValue(forKey: ready.removeFirst()) { return chunk }
    }
    return nil
  }

  /// Takes the results of a chunk for reading. The first failure ends the stream.
  private func open(_ chunk: Chunk) throws(PoolError) {
    defer { core.abandon(chunk.job) }
    do throws(PoolError) { values = try core.outputs(of: chunk.job) } catch {
      cancel()
      throw error.shifted(by: chunk.first)
    }
  }

  /// Records chunks that have ended. After a failure, no more inputs are pulled, and chunks that
  /// have not started are cancelled if their results would never be read.
  private func note(_ numbers: [Int]) {
    for number in numbers {
      if !isOrdered { ready.append(number) }
      guard let chunk = underway[number], chunk.job.failure != nil else { continue }
      source = nil
      for (other, chunk) in underway where !isOrdered || other > number { core.cancel(chunk.job) }
    }
  }

  // MARK: Submitting

  /// Submits chunks while the window has room and inputs are left.
  private func fill() {
    while underway.count < window, let source {
      do throws(PoolError) {
        guard let chunk = try source() else {
          self.source = nil
          return
        }
        try core.submit(chunk.job)
        let (number, arrivals) = (nextNumber, arrivals)
        nextNumber += 1
        underway[number] = chunk
        core.observe(chunk.job) { arrivals.post(number) }
        // If this thread does the work, the reader gets each result before the next chunk starts.
        if core.isHere { note(arrivals.take()) }
      } catch {
        // Chunks that were submitted before still yield their results.
        refusal = error
        self.source = nil
      }
    }
  }

  /// Ends the stream: no more chunks are started, and no more results follow.
  private func cancel() {
    meter?.finish()
    source = nil
    refusal = nil
    ready = []
    (values, position) = ([], 0)
    let chunks = underway.values
    underway = [:]
    // A forked child does not act on its parent's pool.
    guard core.generation == ForkCounters.generation else { return }
    for chunk in chunks {
      core.cancel(chunk.job)
      core.abandon(chunk.job)
    }
  }
}
