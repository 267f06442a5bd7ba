internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

// SAFETY: `region` keeps the words of its jobs and workers mapped and aligned. Chunk numbers that a
// worker has written are compared with the plan's chunk count before use.

/// The parent's view of a pool's worker.
final class PoolWorkerHandle {
  let process: ProcessCore
  let socket: DescriptorBox
  /// Whether the pool has killed the worker because its time was up.
  var isOverdue = false
  /// The size of its private memory, in bytes, when a check last found it above the limit.
  var excess = 0
  /// The time at which the worker is killed if it stays above the limit.
  var excessEnd: Deadline?
  /// Whether the pool has killed the worker because it stayed above the limit.
  var isOversized = false
  /// The kernel's counts of out-of-memory kills when the worker was started.
  let killsBefore: MemoryKills
  /// Whether the worker is known to have started to work.
  var hasBegun = false

  init(process: ProcessCore, socket: DescriptorBox, killsBefore: MemoryKills) {
    self.process = process
    self.socket = socket
    self.killsBefore = killsBefore
  }

  /// Returns an error with all that is known of the worker's end.
  func error(
    _ code: PoolError.Code, _ index: Int, range: Range<Int>? = nil, message: String?
  ) -> PoolError {
    PoolError(
      code, worker: index, pid: process.pid, range: range, termination: process.termination, message: message,
      peakMemory: process.mostMemory, kernelMayKill: MemoryKills.now().mayHaveGrown(since: killsBefore))
  }
}

extension PoolCore {
  // MARK: Messages

  func drainAll() {
    for (index, worker) in workers.handles { drain(worker, index) }
    for (index, socket) in workers.starting {
      let pid = unsafe WorkerRecord(region: region, index: index).pid.pointee.load(ordering: .relaxed)
      drain(socket, index, pid)
    }
  }

  func drain(_ worker: PoolWorkerHandle, _ index: Int) {
    drain(worker.socket, index, worker.process.pid)
  }

  func drain(_ socket: DescriptorBox, _ index: Int, _ pid: Int) {
    while var message = (try? WorkerMessage.receive(from: socket.descriptor, mayWait: false)) ?? nil {
      if message.kind == .started {
        // A call for the manager thread, received by the first thread that reads.
        unsafe region.isCalled.pointee.store(0, ordering: .sequentiallyConsistent)
        callManager()
      } else {
        take(&message, index, pid)
      }
    }
  }

  private func take(_ message: inout WorkerMessage, _ index: Int, _ pid: Int) {
    let parts = message.first.split(separator: "\n", maxSplits: 1)
    guard let text = parts.first, let place = PoolMessage.Place(text) else { return }
    if place.job < 0 {
      broken = PoolError(
        .initializerFailed, worker: index, pid: pid,
        errorType: parts.count > 1 ? String(parts[1]) : nil, message: message.second)
      return
    }
    guard jobs.slots.indices.contains(place.job), let job = jobs.slots[place.job],
      job.generation == place.generation
    else {
      return
    }
    switch message.kind {
    case .result:
      do throws(TransferError) { job.answers[place.chunk] = ResultSlot(try message.takeValue()) } catch {
        let first = place.chunk * job.chunkSize
        fail(
          job,
          PoolError(
            .notTransferable, worker: index, pid: pid, range: first..<min(first + job.chunkSize, job.count),
            message: error.description))
      }
    case .failure, .refusal:
      let isThrown = message.kind == .failure
      fail(
        job,
        PoolError(
          isThrown ? .threw : .notTransferable, worker: index, pid: pid,
          range: place.range, errorType: parts.count > 1 ? String(parts[1]) : nil,
          message: message.second))
    default: break
    }
  }

  /// Keeps the first failure, and counts the others.
  func fail(_ job: PoolJob, _ error: PoolError) {
    if job.failure == nil { job.failure = error } else { job.additionalFailureCount += 1 }
  }

  // MARK: Deaths

  /// Reaps a worker that has ended, and repairs the state it has left. Another worker is started in
  /// its place soon.
  func reap(_ worker: PoolWorkerHandle, _ index: Int) {
    drain(worker, index)
    let record = WorkerRecord(region: region, index: index)
    let state = unsafe record.state.pointee.load(ordering: .acquiring)
    let engaged = record.engagedSlot
    workers.remove(index)
    noteEnd(index, hasDied: state != WorkerRecord.retired)
    if let engaged, let job = jobs.slots[engaged] { repair(job, after: worker, record) }
    unsafe record.engaged.pointee.store(0, ordering: .sequentiallyConsistent)
    unsafe record.state.pointee.store(WorkerRecord.absent, ordering: .sequentiallyConsistent)
    // The worker may have marked another worker as awake without having woken it.
    region.wakeAllWorkers()
    noteStarts()
    switch state {
    case WorkerRecord.absent: noteEarlyEnd(worker, index, inInitializer: false)
    case WorkerRecord.preparing: noteEarlyEnd(worker, index, inInitializer: true)
    default: respawn.reset()
    }
    if let broken { failAll(broken) }
    // A start that can never succeed is tried once more for each worker that ends. Once no worker
    // is left, the pool is broken.
    respawn.retryOnce()
  }

  /// Ends all jobs with an error. Live workers keep the slots they use.
  func failAll(_ error: PoolError) {
    let all = jobs.slots.compactMap { $0 } + jobs.pending.all
    jobs.pending.removeAll()
    for job in all {
      if job.failure == nil { job.failure = error }
      end(job)
    }
  }

  private func repair(_ job: PoolJob, after worker: PoolWorkerHandle, _ record: WorkerRecord) {
    guard let slot = job.slot else { return }
    offerToAll(job, slot)
    let jobRecord = JobRecord(region: region, slot: slot)
    let plan = jobRecord.plan
    let own = UInt16(record.index)
    // The worker may have settled chunks that it had not counted yet.
    var settled = 0
    for chunk in 0..<plan.chunkCount {
      let state = unsafe jobRecord.state(chunk, plan).pointee.load(ordering: .acquiring)
      if state & 0xfff == own, state >= ChunkState.done { settled += 1 }
    }
    record.setSettled(settled, slot, plan.generation)
    let chunk = unsafe record.chunk.pointee.load(ordering: .acquiring)
    if chunk >= 0, chunk < plan.chunkCount,
      unsafe jobRecord.state(chunk, plan).pointee.load(ordering: .acquiring) == ChunkState.claimed | own
    {
      handle(chunk, of: job, jobRecord, plan, worker, record.index)
    }
    if unsafe jobRecord.isStopped.pointee.load(ordering: .acquiring) != 0 {
      // The worker may have died while it swept.
      settle(jobRecord, plan, jobRecord.sweep(plan, by: PoolRegion.parent))
    } else {
      // All chunks are looked at again, which finds those that the worker was about to claim.
      unsafe jobRecord.next.pointee.store(0, ordering: .releasing)
      region.ring(plan.chunkCount)
    }
    settle(jobRecord, plan, 0)
    collectIfDone(job)
  }

  /// Retries or fails a chunk in which a worker died.
  private func handle(
    _ chunk: Int, of job: PoolJob, _ record: JobRecord, _ plan: JobRecord.Plan, _ worker: PoolWorkerHandle,
    _ index: Int
  ) {
    let state = unsafe record.state(chunk, plan)
    let attempts = job.attempts[chunk, default: 0] + 1
    job.attempts[chunk] = attempts
    let isStopped = unsafe record.isStopped.pointee.load(ordering: .acquiring) != 0
    if attempts <= job.retries, !worker.isOverdue, !worker.isOversized, !isStopped {
      unsafe state.pointee.store(ChunkState.free, ordering: .releasing)
      retryCount += 1
      return
    }
    unsafe state.pointee.store(ChunkState.failed | UInt16(PoolRegion.parent), ordering: .releasing)
    fail(
      job,
      worker.error(
        worker.isOversized ? .memoryLimitExceeded : worker.isOverdue ? .deadlineExceeded : .died, index,
        range: record.range(chunk, plan),
        message: worker.isOversized
          ? "it had \(worker.excess) bytes of private memory; the limit is \(options.mostBytes) bytes"
          : attempts > 1 ? "the chunk was tried \(attempts) times" : nil))
    unsafe record.isStopped.pointee.store(1, ordering: .sequentiallyConsistent)
    settle(record, plan, 1)
  }

  /// Counts chunks that the parent has settled.
  func settle(_ record: JobRecord, _ plan: JobRecord.Plan, _ count: Int) {
    let parent = WorkerRecord(region: region, index: PoolRegion.parent)
    let all = parent.settled(record.slot, plan.generation) + count
    parent.setSettled(all, record.slot, plan.generation)
    record.completeIfSettled(plan, ownCount: all)
  }

  /// Stops a job: no more of its chunks are started. A job whose chunks have all been started goes
  /// on, and has its result.
  ///
  /// - Returns: Whether none of its chunks had been started.
  @discardableResult
  func stop(_ job: PoolJob) -> Bool {
    guard let slot = job.slot, !job.hasEnded else { return false }
    let record = JobRecord(region: region, slot: slot)
    let plan = record.plan
    let swept = record.sweep(plan, by: PoolRegion.parent)
    guard swept > 0 else { return false }
    // The flag is set only now, because a stopped job has failed even if all its chunks had been
    // started. It is set before the chunks count as settled.
    job.isCancelled = true
    unsafe record.isStopped.pointee.store(1, ordering: .sequentiallyConsistent)
    if job.failure == nil { job.failure = PoolError(.cancelled) }
    settle(record, plan, swept)
    collectIfDone(job)
    return swept == plan.chunkCount
  }
}
