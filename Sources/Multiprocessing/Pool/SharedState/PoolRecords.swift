internal import SharedArraysSystem
internal import Synchronization

/// The words of one job in the shared memory.
@safe struct JobRecord {
  let region: PoolRegion
  let slot: Int

  // Lines that go to and fro between two cores are what a short task consists of. What a worker claims in a job of one chunk
  // stands in the first line; what the parent waits for, and the output, in the second, which the parent looks at all the time;
  // what a worker reads in the next two.
  static let smallStates = 24
  static let mostSmallStates = 16
  static let smallOutput = 96
  static let smallOutputByteCount = 32
  static let inlineOutput = 320
  static let inlineOutputByteCount = 512
  static let inlineStates = 832
  static let mostInlineStates = 64
  static let inlineInput = 1024
  static let inlineInputByteCount = 1024

  /// How inputs come.
  static let integers: UInt32 = 0, rawInputs: UInt32 = 1, framedInputs: UInt32 = 2

  var start: Int { PoolRegion.jobs + slot * PoolRegion.jobByteCount }

  /// The next chunk that has not been looked at.
  var next: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start) }
  /// Twice the generation, plus 1 when all chunks are settled; a futex word.
  var done: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + Self.doneOffset) }
  private static let doneOffset = 64
  var isAwaited: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 68) }
  var callsManager: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 16) }
  /// Whether no more chunks are to be begun.
  var isStopped: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 20) }

  /// What is set while nobody else uses the record.
  struct Plan: BitwiseCopyable {
    var generation: UInt32 = 0
    var function: UInt32 = 0
    var inputKind: UInt32 = 0
    var isOutputRaw: UInt32 = 0
    var count = 0
    var chunkSize = 0
    var chunkCount = 0
    /// Where the inputs begin; the first of them, if they are integers.
    var input = 0
    var output = 0
    var states = 0
    /// Bytes from one raw output to the next.
    var outputStride = 0
    var isTimed = 0
    /// Where it is told into what memory raw outputs are written; 0 if it is the pool's.
    var target = 0
  }

  /// Brings near what a worker begins with: all lines at once, not one after the other.
  func prefetch() {
    unsafe prefetchToWrite(region.base + start)
    unsafe prefetchToRead(region.base + start + 128)
    unsafe prefetchToRead(region.base + start + 192)
  }

  var plan: Plan {
    get { unsafe (region.base + start + 128).load(as: Plan.self) }
    nonmutating set { unsafe (region.base + start + 128).storeBytes(of: newValue, as: Plan.self) }
  }

  /// Bytes of the encoded result that stands in the record; 0 if it came by the socket.
  var inlineByteCount: Int {
    get { unsafe (region.base + start + 72).load(as: Int.self) }
    nonmutating set { unsafe (region.base + start + 72).storeBytes(of: newValue, as: Int.self) }
  }

  func state(_ chunk: Int, _ plan: Plan) -> UnsafeMutablePointer<Atomic<UInt16>> {
    unsafe region.word(plan.states + chunk &* 2)
  }

  func range(_ chunk: Int, _ plan: Plan) -> Range<Int> {
    let first = chunk * plan.chunkSize
    return first..<min(first + plan.chunkSize, plan.count)
  }

  /// Has the thread of the pool called when the job ends.
  func askForCall() { unsafe callsManager.pointee.store(1, ordering: .sequentiallyConsistent) }

  // MARK: Settling

  /// Settles all chunks that nobody has begun, as cancelled by `worker`; returns how many.
  func sweep(_ plan: Plan, by worker: Int) -> Int {
    var count = 0
    for chunk in 0..<plan.chunkCount {
      let won = unsafe state(chunk, plan).pointee.compareExchange(
        expected: ChunkState.free, desired: ChunkState.cancelled | UInt16(worker),
        ordering: .acquiringAndReleasing
      ).exchanged
      if won { count += 1 }
    }
    unsafe next.pointee.store(plan.chunkCount, ordering: .releasing)
    return count
  }

  /// Adds up what all have settled; the one who finds that it is all says so.
  ///
  /// - Returns: whether it woke somebody by that.
  @discardableResult
  func completeIfSettled(_ plan: Plan, ownCount: Int) -> Bool {
    if ownCount < plan.chunkCount {
      var sum = 0
      for worker in 0..<region.usedWorkers {
        sum += WorkerRecord(region: region, index: worker).settled(slot, plan.generation)
      }
      sum += WorkerRecord(region: region, index: PoolRegion.parent).settled(slot, plan.generation)
      if sum < plan.chunkCount { return false }
    }
    let won = unsafe done.pointee.compareExchange(
      expected: plan.generation &* 2, desired: plan.generation &* 2 | 1, ordering: .sequentiallyConsistent
    ).exchanged
    guard won else { return false }
    guard unsafe isAwaited.pointee.load(ordering: .sequentiallyConsistent) != 0 else { return false }
    wakeWaiters()
    return true
  }

  /// Wakes who waits for `done`.
  func wakeWaiters() { unsafe Futex(at: region.base + start + Self.doneOffset).wake() }

  /// Sleeps while not all chunks are settled.
  func waitUntilDone(_ generation: UInt32, until deadline: Deadline) -> Futex.Outcome? {
    unsafe try? Futex(at: region.base + start + Self.doneOffset).wait(while: generation &* 2, until: deadline)
  }
}

/// What the state of a chunk says: what became of it in the upper bits, by which worker in the lower.
enum ChunkState {
  static let free: UInt16 = 0
  static let claimed: UInt16 = 0x1000
  static let done: UInt16 = 0x2000
  static let failed: UInt16 = 0x3000
  static let cancelled: UInt16 = 0x4000
}

/// The words of one worker in the shared memory.
@safe struct WorkerRecord {
  let region: PoolRegion
  let index: Int

  /// What a worker is doing, a futex word: it sleeps on it.
  static let absent: UInt32 = 0, busy: UInt32 = 1, looking: UInt32 = 2, asleep: UInt32 = 3
  /// It has left as it was told to.
  static let retired: UInt32 = 4
  /// Its initializer has failed.
  static let unprepared: UInt32 = 5
  /// The parent has handed the job in the place of the lower bits to it, while it was looking for work.
  static let handed: UInt32 = 0x100
  /// It is in its initializer.
  static let preparing: UInt32 = 6

  var start: Int { PoolRegion.workers + index * PoolRegion.workerByteCount }
  var state: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start) }
  /// The job that it uses, plus 1: neither its record nor its memory is another one's meanwhile.
  var engaged: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 8) }
  /// The place of the job that it uses, or is about to use since that was handed to it.
  var engagedSlot: Int? {
    // In this order: a worker says that it is engaged before it says that it has taken what it was handed.
    let state = unsafe state.pointee.load(ordering: .sequentiallyConsistent)
    if state & Self.handed != 0 { return Int(state & ~Self.handed) }
    let engaged = unsafe engaged.pointee.load(ordering: .sequentiallyConsistent)
    return engaged > 0 && engaged <= PoolRegion.mostJobs ? engaged - 1 : nil
  }
  /// The only chunk that it can have claimed and not settled.
  var chunk: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 16) }
  /// When it began with that, of jobs that are timed.
  var began: UnsafeMutablePointer<Atomic<Int64>> { unsafe region.word(start + 24) }
  /// Its process, as it says itself before anything else.
  var pid: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 32) }

  /// The core, plus 1, on which it fell asleep last while a caller computed; 0 if it has not.
  var core: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 40) }

  /// Whether a worker with this number has come to where it looks for work.
  var hasBegun: Bool {
    let state = unsafe state.pointee.load(ordering: .acquiring)
    return state != Self.absent && state != Self.preparing
  }

  /// How many chunks of a job it has settled: the job's generation in the upper half.
  private func total(_ slot: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe region.word(start + 64 + slot * 8)
  }

  func settled(_ slot: Int, _ generation: UInt32) -> Int {
    let word = unsafe total(slot).pointee.load(ordering: .sequentiallyConsistent)
    return UInt32(word >> 32) == generation ? Int(word & 0xffff_ffff) : 0
  }

  func setSettled(_ count: Int, _ slot: Int, _ generation: UInt32) {
    let word = UInt64(generation) << 32 | UInt64(count)
    unsafe total(slot).pointee.store(word, ordering: .sequentiallyConsistent)
  }

  /// Hands the job in a place to it, if it is looking for work; whether it is.
  func hand(_ slot: Int) -> Bool {
    unsafe state.pointee.load(ordering: .relaxed) == Self.looking
      && state.pointee.compareExchange(
        expected: Self.looking, desired: Self.handed | UInt32(slot), ordering: .sequentiallyConsistent
      ).exchanged
  }

  /// Ends its looking for work, with another state, or with the job that was handed to it until now: it is engaged with that.
  func endLooking(_ next: UInt32) -> Int? {
    var known = Self.looking
    while true {
      if known & Self.handed != 0 {
        let slot = Int(known & ~Self.handed)
        unsafe engaged.pointee.store(slot + 1, ordering: .releasing)
        unsafe state.pointee.store(Self.busy, ordering: .releasing)
        return slot
      }
      let (won, found) = unsafe state.pointee.compareExchange(
        expected: known, desired: next, ordering: .sequentiallyConsistent)
      if won { return nil }
      known = found
    }
  }

  /// Wakes it, if it sleeps; whether it did.
  func wakeIfAsleep() -> Bool {
    let won = unsafe state.pointee.compareExchange(
      expected: Self.asleep, desired: Self.busy, ordering: .sequentiallyConsistent
    ).exchanged
    if won { wakeAnyway() }
    return won
  }

  /// Wakes it, if it sleeps, also where another process has said that it no longer does, and was killed or stopped before it woke it.
  func wakeAnyway() { unsafe Futex(at: region.base + start).wake() }
}

extension PoolRegion {
  /// Sees to it that `count` workers look for work, as far as there are idle ones.
  ///
  /// - Returns: whether one was woken for it.
  @discardableResult
  func ring(_ count: Int) -> Bool {
    var missing = count
    var wokeSome = false
    for index in 0..<usedWorkers {
      if missing <= 0 { break }
      let record = WorkerRecord(region: self, index: index)
      switch unsafe record.state.pointee.load(ordering: .sequentiallyConsistent) {
      case WorkerRecord.looking: missing -= 1
      case WorkerRecord.asleep:
        if record.wakeIfAsleep() {
          missing -= 1
          wokeSome = true
        }
      default: break
      }
    }
    return wokeSome
  }

  /// Wakes all workers that sleep, whatever their states say.
  func ringAnyway() {
    for index in 0..<usedWorkers {
      let record = WorkerRecord(region: self, index: index)
      if !record.wakeIfAsleep() { record.wakeAnyway() }
    }
  }

  /// Whether a job has chunks that nobody has looked at.
  var hasWork: Bool {
    var jobs = unsafe active.pointee.load(ordering: .sequentiallyConsistent)
    while jobs != 0 {
      let record = JobRecord(region: self, slot: jobs.trailingZeroBitCount)
      jobs &= jobs - 1
      if unsafe record.next.pointee.load(ordering: .acquiring) < record.plan.chunkCount { return true }
    }
    return false
  }
}
