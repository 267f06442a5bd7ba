internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of the pool, its jobs and its workers mapped and aligned.

/// The jobs of a pool, with the slots and the memory that they use. It is used under the pool's
/// lock.
///
/// A job waits in `pending` until a slot in shared memory is free. A slot is free, in use, or
/// retiring: its job has ended, and a worker that has not noticed the end may still use the slot
/// and the job's memory.
@safe struct JobTable {
  let region: PoolRegion
  /// The jobs in flight, by their slots.
  private(set) var slots = [PoolJob?](repeating: nil, count: PoolRegion.mostJobs)
  /// The jobs that wait for a slot.
  var pending = PendingJobs()
  /// The free and the retiring slots, one bit each.
  private var free = UInt64.max
  private var retiring: UInt64 = 0
  private var retiringMemory: [(slot: Int, range: Range<Int>)] = []
  private var storage = PoolStorage()
  private var generations = [UInt32](repeating: 0, count: PoolRegion.mostJobs)
  /// The latest job of a single call.
  private var latestSingle: PoolJob?
  /// The number of jobs ever started.
  private(set) var startedCount = 0

  init(in region: PoolRegion) { self.region = region }

  /// Whether no job is in flight or pending.
  var isEmpty: Bool { pending.isEmpty && slots.allSatisfy { $0 == nil } }

  /// Whether no job is in flight.
  var isIdle: Bool { free | retiring == .max }

  // MARK: Slots

  /// Returns a free slot for a new job; nil if the job has to stay pending.
  ///
  /// The slots form a circle. They are allocated in its order, and workers take the jobs in the
  /// same order, starting at the next slot to allocate. A free slot beyond a job that no worker has
  /// started stays empty, because workers would take the new job first.
  mutating func freeSlot() -> Int? {
    if free == 0 { reclaim() }
    if let slot = warmSlot() { return slot }
    let next = UInt64(unsafe region.nextPlace.pointee.load(ordering: .relaxed))
    let ahead = free & (~0 << next)
    if free == 0 { return nil }
    let slot = (ahead == 0 ? free : ahead).trailingZeroBitCount
    // The slots from the next one up to this one. If `ahead` is empty, they continue past the end
    // of the circle.
    let (before, from) = (UInt64(1) << UInt64(slot) - 1, ~UInt64(0) << next)
    let passed = ahead == 0 ? before | from : before & from
    return holdsWaitingJob(passed) ? nil : slot
  }

  /// Returns whether a job in one of these slots has chunks that no worker has started.
  private func holdsWaitingJob(_ passed: UInt64) -> Bool {
    var passed = passed
    while passed != 0 {
      let slot = passed.trailingZeroBitCount
      passed &= passed - 1
      guard let job = slots[slot] else { continue }
      let started = unsafe JobRecord(region: region, slot: slot).next.pointee.load(ordering: .acquiring)
      if started < job.chunkCount { return true }
    }
    return false
  }

  /// Returns the slot of the previous job, if no job is in flight and its worker has left it: its
  /// cache lines are warm.
  private mutating func warmSlot() -> Int? {
    let slot = Int(unsafe region.nextPlace.pointee.load(ordering: .relaxed) &- 1) & 63
    guard retiring & 1 << UInt64(slot) != 0, isIdle, region.usedWorkers <= 4 else { return nil }
    for index in 0..<region.usedWorkers {
      if WorkerRecord(region: region, index: index).engagedSlot == slot { return nil }
    }
    retiring &= ~(1 << UInt64(slot))
    free |= 1 << UInt64(slot)
    return slot
  }

  /// Frees slots and memory that no worker uses any more.
  private mutating func reclaim() {
    var used: UInt64 = 0
    for index in 0..<region.usedWorkers {
      let record = WorkerRecord(region: region, index: index)
      if let engaged = record.engagedSlot { used |= 1 << UInt64(engaged) }
    }
    free |= retiring & ~used
    retiring &= used
    for (slot, range) in retiringMemory where retiring & 1 << UInt64(slot) == 0 { storage.give(range) }
    retiringMemory.removeAll { retiring & 1 << UInt64($0.slot) == 0 }
  }

  /// Assigns a free slot to a job, in a new generation of the slot.
  mutating func assign(_ slot: Int, to job: PoolJob) {
    generations[slot] = (generations[slot] &+ 1) & 0x7fff_ffff
    job.slot = slot
    job.generation = generations[slot]
    slots[slot] = job
    free &= ~(1 << UInt64(slot))
    let next = UInt32(slot + 1) & 63
    // Workers read this cache line all the time, so it is written only if it changes.
    if unsafe region.nextPlace.pointee.load(ordering: .relaxed) != next {
      unsafe region.nextPlace.pointee.store(next, ordering: .relaxed)
    }
    startedCount += 1
  }

  /// Takes the slot away from a job that has ended. The slot is free once no worker uses it.
  mutating func retire(_ slot: Int) {
    slots[slot] = nil
    retiring |= 1 << UInt64(slot)
  }

  // MARK: Memory

  /// Allocates memory that workers can map.
  mutating func takeMemory(_ byteCount: Int) throws(SystemError) -> Range<Int> {
    if !retiringMemory.isEmpty { reclaim() }
    return try storage.take(byteCount, in: region)
  }

  /// Frees the memory of a job that has ended, once no worker uses it any more.
  mutating func release(_ job: PoolJob) {
    guard let memory = job.memory, let slot = job.slot else { return }
    job.memory = nil
    if generations[slot] == job.generation, retiring & 1 << UInt64(slot) != 0 {
      retiringMemory.append((slot, memory))
    } else {
      storage.give(memory)
    }
  }

  // MARK: Single calls

  /// Returns a job of a single call. It reuses the previous one if that is equivalent and no longer
  /// referenced, because making and dropping a job takes as long as a short task.
  mutating func single(_ function: ObjectIdentifier, _ outputByteCount: Int, _ retries: Int) -> PoolJob {
    if isKnownUniquelyReferenced(&latestSingle), let job = latestSingle,
      job.isClean(function, outputByteCount, retries)
    {
      job.isOffered = false
      job.wokenAt = 0
      return job
    }
    let job = PoolJob(
      function: function, functionName: "", input: .integers(from: 0), count: 1, chunkSize: 1,
      outputStride: outputByteCount, timeout: nil, retries: retries)
    latestSingle = job
    return job
  }
}
