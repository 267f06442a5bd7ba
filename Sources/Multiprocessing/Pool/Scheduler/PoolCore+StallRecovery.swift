internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of its jobs and workers mapped and aligned, and chunk numbers
// are below the plan's chunk count.

/// The recovery of work held up by a worker that is stopped, by SIGSTOP, a debugger or a frozen
/// control group. Other workers get the work that the stopped worker was woken for or was about to
/// do. The chunk in which it was stopped is not given to them, because the worker may go on: the
/// call waits for it, at most until its timeout if it has one.
///
/// A blocked call checks its own job at intervals. The manager thread checks the jobs that no call
/// waits for: jobs with observers, jobs that pending jobs wait behind, and the jobs that a closed
/// pool still runs.
extension PoolCore {
  /// Makes the manager thread check at intervals, until no job needs it.
  func beginWatch() { if stallRecovery.begin() { callManager() } }

  /// Returns the time until the manager thread has to check for held-up work; nil if it need not.
  func nextRescue() -> Duration? {
    stallRecovery.isWatching || isClosed && !jobs.isEmpty ? StallRecovery.interval : nil
  }

  /// Checks all jobs, once in each interval.
  func rescueAll() {
    guard nextRescue() != nil, stallRecovery.isLookDue() else { return }
    for job in jobs.slots { if let job { rescue(job) } }
    stallRecovery.isWatching =
      !jobs.pending.isEmpty || jobs.slots.contains { $0?.observers.isEmpty == false }
  }

  /// Offers other workers the chunks that a stopped worker has not started. Ends the job if nothing
  /// is left to do.
  func rescue(_ job: PoolJob) {
    guard let slot = job.slot, !job.hasEnded else { return }
    offerToAll(job, slot)
    let record = JobRecord(region: region, slot: slot)
    let plan = record.plan
    if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 {
      // The worker that stopped the job may itself have been stopped before it had swept all
      // chunks.
      settle(record, plan, record.sweep(plan, by: PoolRegion.parent))
    }
    if unsafe record.next.pointee.load(ordering: .acquiring) >= plan.chunkCount {
      switch rest(of: record, plan) {
      case .free(let chunk): offer(chunk, of: record, plan)
      case .held: return
      case .none(let isWhole):
        // All chunks are settled, but a worker was stopped before it could count its chunks or
        // report its failure.
        if !isWhole { unsafe record.isStopped.pointee.store(1, ordering: .sequentiallyConsistent) }
        record.completeIfSettled(plan, ownCount: plan.chunkCount)
        return collectIfDone(job)
      }
    }
    ringAll()
  }

  private enum Rest {
    /// The first chunk that no worker has claimed.
    case free(Int)
    /// All chunks have been claimed, and some are still running.
    case held
    /// All chunks are settled; `isWhole` is true if all have succeeded.
    case none(isWhole: Bool)
  }

  private func rest(of record: JobRecord, _ plan: JobRecord.Plan) -> Rest {
    var (isHeld, isWhole) = (false, true)
    for chunk in 0..<plan.chunkCount {
      switch unsafe record.state(chunk, plan).pointee.load(ordering: .acquiring) & 0xf000 {
      case ChunkState.free: return .free(chunk)
      case ChunkState.claimed: isHeld = true
      case ChunkState.done: break
      default: isWhole = false
      }
    }
    return isHeld ? .held : .none(isWhole: isWhole)
  }

  /// Makes workers look again at the chunks from `chunk` on. A worker that was about to claim one
  /// of them either claims it or finds it claimed.
  private func offer(_ chunk: Int, of record: JobRecord, _ plan: JobRecord.Plan) {
    unsafe record.next.pointee.store(chunk, ordering: .sequentiallyConsistent)
    // A worker that failed in between has swept all chunks, so none is left to look for.
    if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 {
      unsafe record.next.pointee.store(plan.chunkCount, ordering: .sequentiallyConsistent)
    }
  }

  /// Wakes all workers, and no longer counts on workers that seem to look for work, because they
  /// may be stopped. A worker that does look sees the work: it looks once more after it has set its
  /// state to asleep.
  private func ringAll() {
    for index in 0..<region.usedWorkers {
      let record = WorkerRecord(region: region, index: index)
      unsafe _ = record.state.pointee.compareExchange(
        expected: WorkerRecord.looking, desired: WorkerRecord.busy, ordering: .sequentiallyConsistent)
    }
    region.wakeAllWorkers()
  }
}
