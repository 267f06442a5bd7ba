internal import SharedArraysSystem
internal import Synchronization

// SAFETY: a ring is memory that the parent has allocated in the region, aligned to 64 bytes, and
// `region` keeps it mapped. Event numbers are taken modulo the capacity. One process writes at a
// time, and a reader drops events that might have been overwritten while it read them.

/// The record of what the workers of one number have done, in the memory of a pool: sums, and a
/// ring of the latest events.
///
///     offset  part
///          0  the number of events so far
///          8  chunks, tasks and failed chunks; nanoseconds at work, in start-ups, and between the
///             readiness and the end of workers
///         56  the time since which the worker is ready, 0 if no worker is; the time since which
///             it is being started
///        128  2048 events of 48 bytes, each at its number modulo 2048
///
/// One process writes at a time: the worker, or the parent while no worker has the number. An
/// event is complete except for its end when the count includes it.
///
/// Crash safety: a worker killed at any instruction leaves the ring as it is, with its latest event
/// without an end. The parent writes the end when it reaps the worker. The sums might lack the
/// chunk that was ending at that moment.
@safe struct EventRing {
  static let capacity = 2048
  static let headByteCount = 128
  static let eventByteCount = 48
  static let byteCount = headByteCount + capacity * eventByteCount

  struct Event: BitwiseCopyable {
    var begin: Int64 = 0
    /// The time of the end; 0 while the event continues.
    var end: Int64 = 0
    var job: UInt64 = 0
    var chunk: Int32 = 0
    var count: Int32 = 0
    var first = 0
    var kind: UInt32 = 0
    var outcome: UInt32 = 0
  }

  static let startUp: UInt32 = 0, chunk: UInt32 = 1
  static let underWay: UInt32 = 0, done: UInt32 = 1, failed: UInt32 = 2, died: UInt32 = 3

  let region: PoolRegion
  let start: Int

  /// Finds the ring of a worker; nil if its pool collects no statistics.
  init?(of record: WorkerRecord) {
    start = unsafe record.events.pointee.load(ordering: .acquiring)
    region = record.region
    if start == 0 { return nil }
  }

  private func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + offset) }

  var count: Int { unsafe word(0).pointee.load(ordering: .acquiring) }
  var chunks: Int { unsafe word(8).pointee.load(ordering: .relaxed) }
  var tasks: Int { unsafe word(16).pointee.load(ordering: .relaxed) }
  var failures: Int { unsafe word(24).pointee.load(ordering: .relaxed) }
  var busy: Int { unsafe word(32).pointee.load(ordering: .relaxed) }
  var starting: Int { unsafe word(40).pointee.load(ordering: .relaxed) }
  var living: Int { unsafe word(48).pointee.load(ordering: .relaxed) }
  var readySince: Int { unsafe word(56).pointee.load(ordering: .relaxed) }

  private func add(_ value: Int, _ offset: Int) {
    unsafe word(offset).pointee.add(value, ordering: .relaxed)
  }

  private func place(_ number: Int) -> Int {
    start + Self.headByteCount + number % Self.capacity * Self.eventByteCount
  }

  /// Returns the word for the end of an event, which is written after everything else in the event.
  private func end(_ number: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    unsafe region.word(place(number) + 8)
  }

  // MARK: Writing

  /// Begins an event.
  func begin(_ event: Event) {
    let number = count
    unsafe (region.base + place(number)).storeBytes(of: event, as: Event.self)
    unsafe word(0).pointee.store(number + 1, ordering: .releasing)
  }

  /// Begins a chunk.
  func begin(_ number: Int, _ range: Range<Int>, _ job: JobRecord, _ plan: JobRecord.Plan) {
    var event = Event(kind: Self.chunk)
    event.begin = monotonicNanoseconds()
    event.job = UInt64(plan.generation) * UInt64(PoolRegion.mostJobs) + UInt64(job.slot)
    event.chunk = Int32(truncatingIfNeeded: number)
    event.first = range.lowerBound
    event.count = Int32(clamping: range.count)
    begin(event)
  }

  /// Ends the latest event.
  func finish(_ outcome: UInt32) {
    let number = count - 1
    let now = Int(monotonicNanoseconds())
    guard number >= 0, unsafe end(number).pointee.load(ordering: .relaxed) == 0 else { return }
    let event = unsafe (region.base + place(number)).load(as: Event.self)
    unsafe (region.base + place(number) + 44).storeBytes(of: outcome, as: UInt32.self)
    unsafe end(number).pointee.store(now, ordering: .releasing)
    if event.kind == Self.startUp { return add(now - Int(event.begin), 40) }
    add(now - Int(event.begin), 32)
    if outcome == Self.done {
      add(1, 8)
      add(Int(event.count), 16)
    } else {
      add(1, 24)
    }
  }

  /// Records that a worker can begin to work.
  func setReady() {
    finish(Self.done)
    unsafe word(56).pointee.store(Int(monotonicNanoseconds()), ordering: .relaxed)
  }

  /// Records that a worker has ended.
  func close() {
    finish(Self.died)
    let since = unsafe word(56).pointee.exchange(0, ordering: .relaxed)
    if since > 0 { add(Int(monotonicNanoseconds()) - since, 48) }
  }

  // MARK: Reading

  /// Returns the latest events, in order. The worker might write others at the same time.
  func events() -> [Event] {
    let end = count
    // The place after the latest event might be in the middle of a write.
    let first = max(0, end - Self.capacity + 1)
    var events: [Event] = []
    events.reserveCapacity(end - first)
    for number in first..<end {
      // If an event has an end, it was written after everything else in the event.
      let finished = unsafe self.end(number).pointee.load(ordering: .acquiring)
      var event = unsafe (region.base + place(number)).load(as: Event.self)
      event.end = Int64(finished)
      if finished == 0 { event.outcome = Self.underWay }
      events.append(event)
    }
    atomicMemoryFence(ordering: .acquiring)
    // Events that were overwritten during the reading are dropped.
    let late = max(first, count - Self.capacity + 1) - first
    return Array(events.dropFirst(late))
  }
}
