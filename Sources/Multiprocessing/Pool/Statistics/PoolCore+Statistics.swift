internal import SharedArraysSystem
internal import Synchronization

// SAFETY: the words of a record are atomic, and the region keeps them mapped. The parent allocates
// the memory of a ring within the mapping before it initializes it.

extension WorkerRecord {
  /// The offset of the worker's event ring; 0 if it has none.
  var events: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 576) }
}

extension PoolCore {
  /// Makes sure that a worker that is about to be started has an event ring, if statistics are
  /// wanted, and begins its start-up event.
  func prepareEvents(_ index: Int) {
    guard options.collectsStatistics else { return }
    let record = WorkerRecord(region: region, index: index)
    if EventRing(of: record) == nil {
      // A worker without memory for a ring works all the same, and is missing from the statistics.
      guard let range = try? jobs.takeMemory(EventRing.byteCount) else { return }
      unsafe (region.base + range.lowerBound).initializeMemory(
        as: UInt8.self, repeating: 0, count: range.count)
      unsafe record.events.pointee.store(range.lowerBound, ordering: .releasing)
    }
    var event = EventRing.Event()
    event.begin = monotonicNanoseconds()
    EventRing(of: record)?.begin(event)
  }

  /// Records the end of a worker.
  func noteEnd(_ index: Int, hasDied: Bool) {
    if hasDied { workers.deathCount += 1 }
    EventRing(of: WorkerRecord(region: region, index: index))?.close()
  }

  func statistics() -> PoolStatistics? {
    guard options.collectsStatistics else { return nil }
    return locked {
      let now = Int(monotonicNanoseconds())
      var workers: [PoolStatistics.Worker] = []
      var events: [PoolStatistics.Event] = []
      for index in 0..<region.usedWorkers {
        guard let ring = EventRing(of: WorkerRecord(region: region, index: index)) else { continue }
        let own = ring.events().map { PoolStatistics.Event($0, index, madeAt, now) }
        workers.append(PoolStatistics.Worker(ring, index, own.last, now))
        events += own
      }
      return PoolStatistics(
        workers: workers, events: events.sorted { $0.begin < $1.begin }, deaths: self.workers.deathCount,
        retries: retryCount)
    }
  }
}

extension PoolStatistics.Worker {
  fileprivate init(_ ring: EventRing, _ index: Int, _ latest: PoolStatistics.Event?, _ now: Int) {
    let current = latest.flatMap { $0.end == nil ? $0 : nil }
    let since = ring.readySince
    let busy =
      Duration.nanoseconds(ring.busy) + (current?.kind == .chunk ? current?.duration ?? .zero : .zero)
    let living = Duration.nanoseconds(ring.living + (since > 0 ? max(0, now - since) : 0))
    self.init(
      index: index, chunks: ring.chunks, tasks: ring.tasks, failures: ring.failures, busy: busy,
      idle: max(.zero, living - busy),
      startUp: .nanoseconds(ring.starting) + (current?.kind == .startUp ? current?.duration ?? .zero : .zero))
  }
}

extension PoolStatistics.Event {
  fileprivate init(_ event: EventRing.Event, _ worker: Int, _ origin: Int64, _ now: Int) {
    let outcome: Outcome =
      switch event.outcome {
      case EventRing.done: .done
      case EventRing.failed: .failed
      case EventRing.died: .died
      default: .underWay
      }
    let end: Int64? = event.end == 0 ? nil : event.end
    self.init(
      worker: worker, kind: event.kind == EventRing.startUp ? .startUp : .chunk, outcome: outcome,
      job: event.job, chunk: Int(event.chunk), inputs: event.first..<event.first + max(0, Int(event.count)),
      begin: .nanoseconds(event.begin - origin), end: end.map { .nanoseconds($0 - origin) },
      duration: .nanoseconds(max(0, (end ?? Int64(now)) - event.begin)))
  }
}
