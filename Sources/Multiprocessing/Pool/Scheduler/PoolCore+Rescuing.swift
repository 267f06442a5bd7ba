internal import SharedArraysSystem
internal import Synchronization

/// Work that is held up by a worker that is stopped, by SIGSTOP, a debugger or a frozen control group: what such a worker was
/// woken for or was about to do is given to others. A chunk in which it was stopped is waited for, since it may go on; where the
/// call has a timeout, until that has passed.
///
/// A blocked call looks after its own job at intervals. The thread of the pool does that for the jobs of which nobody waits in a
/// call: those that have observers, those that stand before jobs without a place, and those that a closed pool still does.
extension PoolCore {
  static let rescueInterval = Duration.milliseconds(200)

  /// Lets the thread look at intervals, until there is nothing that it would have to look after.
  func beginWatch() {
    if isWatching { return }
    isWatching = true
    rescueLook = nil
    callManager()
  }

  /// When the thread has to look whether work is held up.
  func nextRescue() -> Duration? {
    isWatching || isClosed && !isIdle ? Self.rescueInterval : nil
  }

  /// Looks after all jobs, as often as the interval says.
  func rescueAll() {
    guard nextRescue() != nil else { return }
    guard let due = rescueLook, due.hasPassed else {
      if rescueLook == nil { rescueLook = Deadline(after: Self.rescueInterval) }
      return
    }
    rescueLook = Deadline(after: Self.rescueInterval)
    for job in jobs { if let job { rescue(job) } }
    isWatching = !pending.isEmpty || jobs.contains { $0?.observers.isEmpty == false }
  }

  /// Gives others what a stopped worker has not begun of a job, and ends the job if there is nothing left to do.
  func rescue(_ job: PoolJob) {
    guard let slot = job.slot, !job.hasEnded else { return }
    offerToAll(job, slot)
    let record = JobRecord(region: region, slot: slot)
    let plan = record.plan
    if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 {
      // Who stopped it may have been stopped before all was swept.
      settle(record, plan, record.sweep(plan, by: PoolRegion.parent))
    }
    if unsafe record.next.pointee.load(ordering: .acquiring) >= plan.chunkCount {
      switch rest(of: record, plan) {
      case .free(let chunk): offer(chunk, of: record, plan)
      case .held: return
      case .none(let isWhole):
        // All is settled, but a worker was stopped before it could count what it had done, or say that it had failed.
        if !isWhole { unsafe record.isStopped.pointee.store(1, ordering: .sequentiallyConsistent) }
        record.completeIfSettled(plan, ownCount: plan.chunkCount)
        return collectIfDone(job)
      }
    }
    ringAll()
  }

  private enum Rest {
    /// The first chunk that nobody has claimed.
    case free(Int)
    /// All have been claimed, and some are still being done.
    case held
    /// All are settled; whether they all succeeded.
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

  /// Has chunks looked at again from one on. Whoever was about to claim them does so, or finds that another has.
  private func offer(_ chunk: Int, of record: JobRecord, _ plan: JobRecord.Plan) {
    unsafe record.next.pointee.store(chunk, ordering: .sequentiallyConsistent)
    // One who failed in between has swept all: there is nothing to look for.
    if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 {
      unsafe record.next.pointee.store(plan.chunkCount, ordering: .sequentiallyConsistent)
    }
  }

  /// Wakes all workers, and counts no longer on those that seem to look for work and are stopped. One that does look sees the
  /// work: it looks once more after it has said that it sleeps.
  private func ringAll() {
    for index in 0..<region.usedWorkers {
      let record = WorkerRecord(region: region, index: index)
      unsafe _ = record.state.pointee.compareExchange(
        expected: WorkerRecord.looking, desired: WorkerRecord.busy, ordering: .sequentiallyConsistent)
    }
    region.ringAnyway()
  }
}
