internal import SharedArraysSystem
internal import Synchronization

/// What the workers of one number have done, in the memory of a pool: sums, and a ring of the latest events.
///
///     offset  part
///          0  how many events there have been, ever
///          8  chunks, tasks and failed chunks; nanoseconds at work, at starts, and between the readiness and the end of workers
///         56  since when the worker is ready, 0 if there is none; since when it is being started
///        128  2048 events of 48 bytes, each at its number modulo 2048
///
/// One process writes at a time: the worker, and the parent while there is none. An event is complete but for its end when the
/// count includes it. Surviving death: a worker killed at any instruction leaves the ring as it is, its latest event without an
/// end, which the parent writes when it buries the worker; the sums may lack the chunk that was ending at that moment.
@safe struct EventRing {
  static let capacity = 2048
  static let headByteCount = 128
  static let eventByteCount = 48
  static let byteCount = headByteCount + capacity * eventByteCount

  struct Event: BitwiseCopyable {
    var begin: Int64 = 0
    /// 0 while it goes on.
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

  /// The ring of a worker; nil if its pool collects nothing.
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

  /// The end of an event, which is written when all else is.
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

  /// A worker can begin to work.
  func setReady() {
    finish(Self.done)
    unsafe word(56).pointee.store(Int(monotonicNanoseconds()), ordering: .relaxed)
  }

  /// A worker has ended.
  func close() {
    finish(Self.died)
    let since = unsafe word(56).pointee.exchange(0, ordering: .relaxed)
    if since > 0 { add(Int(monotonicNanoseconds()) - since, 48) }
  }

  // MARK: Reading

  /// The latest events, in order, while others may be written.
  func events() -> [Event] {
    let end = count
    // The place behind the latest may be in the middle of being written.
    let first = max(0, end - Self.capacity + 1)
    var events: [Event] = []
    events.reserveCapacity(end - first)
    for number in first..<end {
      // If there is an end, it was written after all else.
      let finished = unsafe self.end(number).pointee.load(ordering: .acquiring)
      var event = unsafe (region.base + place(number)).load(as: Event.self)
      event.end = Int64(finished)
      if finished == 0 { event.outcome = Self.underWay }
      events.append(event)
    }
    atomicMemoryFence(ordering: .acquiring)
    // What was overwritten meanwhile is not taken.
    let late = max(first, count - Self.capacity + 1) - first
    return Array(events.dropFirst(late))
  }
}
