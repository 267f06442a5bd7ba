internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of the pool, its jobs and its workers mapped and aligned.

/// The part of a call after its job has been made: the job is submitted, and the caller waits for
/// its end.
extension PoolCore {
  /// Submits a job and waits for its end. While it waits, it reports the progress, according to the
  /// numbers of chunks that workers count as settled.
  func run(_ job: PoolJob, _ report: ProgressReport?) throws(PoolError) {
    let meter = report.map { ProgressMeter($0, total: job.count) }
    defer { meter?.finish() }
    try submit(job)
    guard let meter else {
      _ = wait(job, until: Deadline(after: nil))
      return
    }
    while !wait(job, until: Deadline(after: ProgressMeter.interval)) {
      meter.update(max(meter.done, inputsDone(of: job)))
    }
    if job.failure == nil { meter.finish(job.count) }
  }

  /// Waits until a job has ended.
  ///
  /// - Returns: Whether it has ended.
  func wait(_ job: PoolJob, until deadline: Deadline) -> Bool {
    if job.wokenAt != 0 { noteCaller(of: job) }
    if job.hasEnded { return true }
    if generation != ForkCounters.generation { return false }
    if !deadline.hasPassed { spin(job) }
    var rescueEnd: Deadline?
    var hasCalledManager = false
    while true {
      locked { collectIfDone(job) }
      if job.hasEnded { return true }
      if deadline.hasPassed {
        // A caller that only polls does not check for stopped workers, so the manager thread does.
        if !isHere { locked { beginWatch() } }
        return false
      }
      if isManager {
        // An observer waits on the manager thread, so no other thread attends to the pool.
        locked {
          if let slot = job.slot { JobRecord(region: region, slot: slot).askForCall() }
          // The job may have ended at this moment.
          collectIfDone(job)
        }
        let rescueLook = rescueEnd ?? Deadline(after: StallRecovery.interval)
        rescueEnd = rescueLook
        if !job.hasEnded { _ = waitAndLook(until: .earlier(deadline, rescueLook)) }
        guard rescueLook.hasPassed else { continue }
        rescueEnd = nil
        locked { rescue(job) }
        continue
      }
      let place: (record: JobRecord, generation: UInt32)? = locked {
        job.slot.map { (JobRecord(region: region, slot: $0), job.generation) }
      }
      guard let place else {
        job.waitForPlace(until: deadline)
        continue
      }
      let record = place.record
      unsafe record.isAwaited.pointee.store(1, ordering: .sequentiallyConsistent)
      if job.hasEnded { return true }
      let next = Deadline.earlier(deadline, Deadline(after: StallRecovery.interval))
      let outcome = record.waitUntilDone(place.generation, until: next)
      region.noteCallerAwake()
      if outcome == .timedOut {
        locked { rescue(job) }
        // The manager thread of an idle pool sleeps without a limit, and is not called for a new
        // job. Once it is awake, it looks for deadlocked workers as long as the pool has work.
        if options.method == .fork, !hasCalledManager {
          hasCalledManager = true
          callManager()
        }
      }
    }
  }

  /// Waits until a job has ended.
  ///
  /// - Returns: Whether its outputs are raw bytes stored in the job.
  @usableFromInline
  func waitForBytes(of job: PoolJob, _ timeout: Duration?) -> Bool {
    wait(job, until: Deadline(after: timeout)) && job.inlineByteCount > 0 && !job.hasFailed
  }

  /// Spins until a short job has ended, if a core is free for that.
  private func spin(_ job: PoolJob) {
    // A worker that was woken for the job might wake up on this core.
    guard job.chunkCount < ComputeBudgetCache.cores, job.wokenAt == 0, let slot = job.slot else { return }
    let record = JobRecord(region: region, slot: slot)
    let wanted = job.generation &* 2 | 1
    let end = monotonicNanoseconds() + 30_000
    repeat {
      for _ in 0..<32 {
        if unsafe record.done.pointee.load(ordering: .acquiring) == wanted { return }
        spinPause()
      }
    } while monotonicNanoseconds() < end
  }

  /// Has the manager thread called when a job with an observer ends.
  func watch(_ job: PoolJob) {
    if let slot = job.slot { JobRecord(region: region, slot: slot).askForCall() }
    // The job may have ended at this moment.
    collectIfDone(job)
    if !job.hasEnded { beginWatch() }
  }

  /// Returns the number of inputs of a job that are done. Chunks that were dropped are not counted.
  private func inputsDone(of job: PoolJob) -> Int {
    locked {
      guard let slot = job.slot, !job.hasEnded else { return 0 }
      let record = JobRecord(region: region, slot: slot)
      var chunks = 0
      for index in 0..<region.usedWorkers {
        chunks += WorkerRecord(region: region, index: index).settled(slot, job.generation)
      }
      // A process that stops a job first marks it as stopped, and then counts the dropped chunks as
      // settled.
      // SAFETY: the word is atomic, and the region keeps it mapped.
      if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 { return 0 }
      return min(chunks * job.chunkSize, job.count)
    }
  }
}

/// The compute budget, cached because finding it out takes system calls.
enum ComputeBudgetCache {
  static let cores = ComputeBudget.cores
}
