internal import SharedArraysSystem
internal import SharedArraysTransfer

/// One reading of a stream: which chunks are under way, and which results come next. Whoever reads drives it: inputs are pulled
/// and chunks given out by the same call that takes results, so nobody else ever waits for the reader.
///
/// When it goes, what has not begun is cancelled, and what has is let go of: the pool's thread ends it and frees its memory.
final class StreamRun<Output: Transferable> {
  /// A chunk that was given to the pool, and the index of its first input in the whole stream.
  struct Chunk {
    let job: PoolJob
    let first: Int
  }

  enum Step {
    case value(Output)
    case end
    /// There is nothing until a chunk has ended.
    case wait
  }

  typealias Source = () throws(PoolError) -> Chunk?

  /// Kept, so that the pool is not closed under the stream.
  private let pool: ProcessPool
  private let window: Int
  private let isOrdered: Bool
  private let arrivals = StreamArrivals()
  private let meter: ProgressMeter?

  /// Makes chunks of inputs; nil when there are no more, or no more are wanted.
  private var source: Source?
  private var underway: [Int: Chunk] = [:]
  private var nextNumber = 0
  /// Chunks that have ended and were not looked at, in the order of their ends.
  private var ready: [Int] = []
  /// The chunk whose results are next, if they come in order.
  private var head = 0
  /// Why the inputs came to an end too early.
  private var refusal: PoolError?
  private var values: [Output] = []
  private var position = 0

  private var core: PoolCore { pool.core }

  init(_ pool: ProcessPool, window: Int, isOrdered: Bool, meter: ProgressMeter?, _ source: @escaping Source) {
    self.pool = pool
    // Where the reader does the work itself, it does not do more of it than it asks for.
    self.window = pool.core.isHere ? 1 : window
    self.isOrdered = isOrdered
    self.meter = meter
    self.source = source
  }

  deinit { cancel() }

  // MARK: Reading

  /// Blocks the thread until there is a result, or none to come.
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

  /// Suspends the task until there is a result, or none to come.
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
  /// What reports the ends is called by the thread of the pool, which calls nothing else while it is in an observer that waits. So
  /// a reader looks for itself from time to time; in such an observer it looks after the pool meanwhile.
  private func waitForEnds(since stamp: UInt32) {
    let next = Deadline(after: PoolCore.rescueInterval)
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
      // The workers have something to do while the reader looks at these results.
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
      // One that was found by the reader is reported a second time.
      if let chunk = underway.removeValue(forKey: ready.removeFirst()) { return chunk }
    }
    return nil
  }

  /// Takes the results of a chunk in hand; the first failure ends the stream.
  private func open(_ chunk: Chunk) throws(PoolError) {
    defer { core.abandon(chunk.job) }
    do throws(PoolError) { values = try core.outputs(of: chunk.job) } catch {
      cancel()
      throw error.shifted(by: chunk.first)
    }
  }

  /// Takes note of chunks that have ended. After a failure no inputs are pulled any more, and nothing is begun of which no result
  /// would be read.
  private func note(_ numbers: [Int]) {
    for number in numbers {
      if !isOrdered { ready.append(number) }
      guard let chunk = underway[number], chunk.job.failure != nil else { continue }
      source = nil
      for (other, chunk) in underway where !isOrdered || other > number { core.cancel(chunk.job) }
    }
  }

  // MARK: Giving out

  /// Gives out chunks, as far as the window has room and there are inputs.
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
        // Where this thread does the work, the reader gets each result before it goes on.
        if core.isHere { note(arrivals.take()) }
      } catch {
        // What was given out before still has its results.
        refusal = error
        self.source = nil
      }
    }
  }

  /// Ends the stream: nothing more is begun, and nothing more comes.
  private func cancel() {
    meter?.finish()
    source = nil
    refusal = nil
    ready = []
    (values, position) = ([], 0)
    let chunks = underway.values
    underway = [:]
    // A forked child has no part in what its parent's pool does.
    guard core.generation == ForkHistory.generation else { return }
    for chunk in chunks {
      core.cancel(chunk.job)
      core.abandon(chunk.job)
    }
  }
}
