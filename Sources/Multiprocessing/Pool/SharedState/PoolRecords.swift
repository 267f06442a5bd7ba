internal import SharedArraysSystem
internal import Synchronization

// SAFETY: words are at the offsets of the layout of `PoolRegion`: aligned, each used with one type
// only, and within the mapping, which a record keeps through its `region`. Offsets in a plan are
// those of memory that the parent allocated. Bytes that are not atomic belong to one process at a
// time.

/// The record of one job in the shared memory.
@safe struct JobRecord {
  let region: PoolRegion
  let slot: Int

  // The cost of a short task is mostly that of the cache lines which move between two cores. The
  // first line holds what a worker claims in a job of one chunk. The second holds the word that the
  // parent waits for and reads all the time, and the output. The next two hold what a worker reads.
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

  /// The kinds of inputs.
  static let integers: UInt32 = 0, rawInputs: UInt32 = 1, framedInputs: UInt32 = 2

  var start: Int { PoolRegion.jobs + slot * PoolRegion.jobByteCount }

  /// The next chunk that no worker has tried to claim.
  var next: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start) }
  /// Twice the generation, plus 1 when all chunks are settled; a futex word.
  var done: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + Self.doneOffset) }
  private static let doneOffset = 64
  var isAwaited: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 68) }
  var callsManager: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 16) }
  /// Whether no more chunks may be started.
  var isStopped: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 20) }

  /// The parameters of the job, which are set while no other process uses the record.
  struct Plan: BitwiseCopyable {
    var generation: UInt32 = 0
    var function: UInt32 = 0
    var inputKind: UInt32 = 0
    var isOutputRaw: UInt32 = 0
    var count = 0
    var chunkSize = 0
    var chunkCount = 0
    /// The offset of the inputs; the first input, if they are integers.
    var input = 0
    var output = 0
    var states = 0
    /// The bytes from one raw output to the next.
    var outputStride = 0
    var isTimed = 0
    /// The offset of the message that names the memory for raw outputs; 0 if they are written to
    /// the pool's memory.
    var target = 0
  }

  /// Prefetches the cache lines that a worker needs first, all at the same time.
  func prefetch() {
    unsafe prefetchToWrite(region.base + start)
    unsafe prefetchToRead(region.base + start + 128)
    unsafe prefetchToRead(region.base + start + 192)
  }

  var plan: Plan {
    get { unsafe (region.base + start + 128).load(as: Plan.self) }
    nonmutating set { unsafe (region.base + start + 128).storeBytes(of: newValue, as: Plan.self) }
  }

  /// The byte count of the encoded result in the record; 0 if the result was sent over the socket.
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

  /// Requests a call of the pool's thread when the job ends.
  func askForCall() { unsafe callsManager.pointee.store(1, ordering: .sequentiallyConsistent) }

  // MARK: Settling

  /// Settles all chunks that no worker has claimed as cancelled by `worker`, and returns their
  /// number.
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

  /// Adds up the chunks that the workers and the parent have settled. The process that finds all
  /// settled first marks the job as done.
  ///
  /// - Returns: Whether the call woke waiters.
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

  /// Wakes the threads that wait for `done`.
  func wakeWaiters() { unsafe Futex(at: region.base + start + Self.doneOffset).wake() }

  /// Sleeps while some chunks are not settled.
  func waitUntilDone(_ generation: UInt32, until deadline: Deadline) -> Futex.Outcome? {
    unsafe try? Futex(at: region.base + start + Self.doneOffset).wait(while: generation &* 2, until: deadline)
  }
}

/// The state of a chunk: its progress in the upper bits, and the number of the worker that caused
/// it in the lower bits.
enum ChunkState {
  static let free: UInt16 = 0
  static let claimed: UInt16 = 0x1000
  static let done: UInt16 = 0x2000
  static let failed: UInt16 = 0x3000
  static let cancelled: UInt16 = 0x4000
}

/// The record of one worker in the shared memory.
@safe struct WorkerRecord {
  let region: PoolRegion
  let index: Int

  /// The states of a worker. The state is a futex word on which the worker sleeps.
  static let absent: UInt32 = 0, busy: UInt32 = 1, looking: UInt32 = 2, asleep: UInt32 = 3
  /// The worker has left as intended.
  static let retired: UInt32 = 4
  /// The worker's initializer has failed.
  static let unprepared: UInt32 = 5
  /// The parent has handed a job to the worker, which was looking for work. The lower bits hold the
  /// job's place.
  static let handed: UInt32 = 0x100
  /// The worker is in its initializer.
  static let preparing: UInt32 = 6

  var start: Int { PoolRegion.workers + index * PoolRegion.workerByteCount }
  var state: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start) }
  /// The place of the job that the worker uses, plus 1. While it is set, the record and memory of
  /// that job are not given to another job.
  var engaged: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 8) }
  /// The place of the job that the worker uses, or that has been handed to it.
  var engagedSlot: Int? {
    // The order matters: a worker stores that it is engaged before it stores that it has taken the
    // job that was handed to it.
    let state = unsafe state.pointee.load(ordering: .sequentiallyConsistent)
    if state & Self.handed != 0 { return Int(state & ~Self.handed) }
    let engaged = unsafe engaged.pointee.load(ordering: .sequentiallyConsistent)
    return engaged > 0 && engaged <= PoolRegion.mostJobs ? engaged - 1 : nil
  }
  /// The only chunk that the worker can have claimed and not settled.
  var chunk: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 16) }
  /// The time at which it started that chunk, for jobs with a timeout.
  var began: UnsafeMutablePointer<Atomic<Int64>> { unsafe region.word(start + 24) }
  /// The worker's process ID, which the worker stores before it does anything else.
  var pid: UnsafeMutablePointer<Atomic<Int>> { unsafe region.word(start + 32) }

  /// The core, plus 1, on which the worker last fell asleep while a caller computed; 0 if it has
  /// not.
  var core: UnsafeMutablePointer<Atomic<UInt32>> { unsafe region.word(start + 40) }

  /// Whether a worker with this number has reached the point where it looks for work.
  var hasBegun: Bool {
    let state = unsafe state.pointee.load(ordering: .acquiring)
    return state != Self.absent && state != Self.preparing
  }

  /// The number of chunks of a job that the worker has settled, with the job's generation in the
  /// upper half.
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

  /// Hands the job in a place to the worker if it is looking for work, and returns whether it was.
  func hand(_ slot: Int) -> Bool {
    unsafe state.pointee.load(ordering: .relaxed) == Self.looking
      && state.pointee.compareExchange(
        expected: Self.looking, desired: Self.handed | UInt32(slot), ordering: .sequentiallyConsistent
      ).exchanged
  }

  /// Ends the worker's search for work and sets its state to `next`. If a job was handed to it
  /// before that, returns the job's place instead: the worker is then engaged with that job.
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

  /// Wakes the worker if its state says that it sleeps, and returns whether it did.
  func wakeIfAsleep() -> Bool {
    let won = unsafe state.pointee.compareExchange(
      expected: Self.asleep, desired: Self.busy, ordering: .sequentiallyConsistent
    ).exchanged
    if won { wakeAnyway() }
    return won
  }

  /// Wakes the worker if it sleeps, whatever its state says. Another process might have changed the
  /// state, and have been killed or stopped before it woke the worker.
  func wakeAnyway() { unsafe Futex(at: region.base + start).wake() }
}

extension PoolRegion {
  /// Makes sure that up to `count` workers look for work, and wakes idle ones for that.
  ///
  /// - Returns: Whether a worker was woken.
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
  func wakeAllWorkers() {
    for index in 0..<usedWorkers {
      let record = WorkerRecord(region: self, index: index)
      if !record.wakeIfAsleep() { record.wakeAnyway() }
    }
  }

  /// Whether a job has chunks that no worker has tried to claim.
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
