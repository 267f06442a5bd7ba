internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of the pool, its jobs and its workers mapped and aligned.
// `ending` is allocated as long as the pool lives. Chunk numbers are compared with the plan's chunk
// count before use.

extension PoolCore {
  /// Runs the manager thread until the pool has ended.
  func manage() {
    manager.store(pthread_self(), ordering: .sequentiallyConsistent)
    while waitAndLook(until: Deadline(after: nil)) {}
    // The process from which workers were forked ends before threads that wait for the pool go on.
    locked { template = nil }
    unsafe ending.pointee.store(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: UnsafeMutableRawPointer(ending)).wake()
  }

  /// Whether the current thread is the manager thread, which also calls the observers of jobs that
  /// have ended.
  var isManager: Bool { manager.load(ordering: .relaxed) == pthread_self() }

  /// Waits until something has happened, and handles it.
  ///
  /// - Returns: False if the pool has ended.
  private func waitAndLook(until limit: Deadline) -> Bool {
    let (watch, deadline): ([Watch], Deadline?) = locked {
      let watch = watched()
      return (watch, isOver ? nil : nextLook())
    }
    guard let deadline else { return false }
    var ready = [UInt8](repeating: 0, count: watch.count * 2 + 1)
    let descriptors = [bell.descriptor.rawValue] + watch.flatMap { [$0.end, $0.socket] }
    // Observers are called when this look ends. Calling them at once could go on forever, and no
    // thread would attend to the workers.
    let next = hasCalls ? Deadline(after: .zero) : .earlier(limit, deadline)
    let count = (try? pollDescriptors(descriptors, ready: &ready, until: next)) ?? -1
    // If the system has no memory for the call, the thread can only wait.
    if count < 0 { pause() }
    locked { look(watch, ready) }
    if options.method == .fork, ready.allSatisfy({ $0 == 0 }) || stallLook.hasPassed {
      recoverStalledForks(watch)
      stallLook = Deadline(after: .seconds(1))
    }
    heal()
    return true
  }

  struct Watch {
    let index: Int
    let worker: PoolWorkerHandle
    let end: CInt
    let socket: CInt
  }

  private func pause() {
    var times = 200
    for _ in 0..<10 { backOff(&times) }
  }

  /// Returns the workers to watch; empty when all workers have left a closed pool.
  private func watched() -> [Watch] {
    if isClosed, isIdle { dismiss() }
    return workers.map { index, worker in
      Watch(
        index: index, worker: worker, end: worker.process.pollable, socket: worker.socket.descriptor.rawValue)
    }
  }

  /// Whether all workers have left and none will be started.
  private var isOver: Bool {
    guard workers.isEmpty, healing.starting.isEmpty else { return false }
    return broken != nil || isClosed && isIdle || WorkerList.isEnding.load(ordering: .sequentiallyConsistent)
  }

  /// Detects forked workers that are deadlocked, and forks them again. The lock is not held,
  /// because a fork may have to wait.
  private func recoverStalledForks(_ watch: [Watch]) {
    for one in watch { _ = try? one.worker.process.wait(until: Deadline(after: .milliseconds(1))) }
  }

  /// Makes the workers leave.
  private func dismiss() {
    unsafe region.isClosing.pointee.store(1, ordering: .sequentiallyConsistent)
    region.wakeAllWorkers()
  }

  /// Returns the time of the next look if nothing happens before it. Looks are needed for timeouts
  /// of tasks, deadlocked forked workers, memory limits, idle shutdown, respawns and stopped
  /// workers. If none of these applies, the time is never.
  private func nextLook() -> Deadline {
    var span: Duration?
    for job in jobs { if let timeout = job?.timeout { span = min(span ?? timeout, timeout) } }
    if let some = span { span = max(.milliseconds(1), min(some / 4, .milliseconds(50))) }
    if options.method == .fork {
      let isStarting = workers.contains { index, _ in
        !WorkerRecord(region: region, index: index).hasBegun
      }
      if isStarting { span = min(span ?? .milliseconds(50), .milliseconds(50)) }
      // A worker may be deadlocked even if no call waits for its work any more, or if it is
      // leaving. A closed pool waits for such a worker.
      if !isIdle || isClosed { span = min(span ?? .seconds(1), .seconds(1)) }
    }
    // The memory of workers is checked only while the pool has work.
    if options.mostBytes > 0, !isIdle { span = min(span ?? .milliseconds(50), .milliseconds(50)) }
    if let idle = nextRestLook() { span = min(span ?? idle, idle) }
    if let healing = nextHealing() { span = min(span ?? healing, healing) }
    if let rescue = nextRescue() { span = min(span ?? rescue, rescue) }
    return Deadline(after: span)
  }

  private func look(_ watch: [Watch], _ ready: [UInt8]) {
    if ready[0] != 0 {
      unsafe region.isCalled.pointee.store(0, ordering: .sequentiallyConsistent)
      while let message = (try? WorkerMessage.receive(from: bell.descriptor, mayWait: false)) ?? nil {
        _ = message.kind
      }
    }
    for (place, one) in watch.enumerated() {
      if ready[2 + place * 2] != 0 {
        unsafe region.isCalled.pointee.store(0, ordering: .sequentiallyConsistent)
        drain(one.worker, one.index)
      }
      guard workers[one.index] === one.worker else { continue }
      let hasEnded = ready[1 + place * 2] != 0 && (try? one.worker.process.look()) ?? true
      if hasEnded {
        // The worker may have set the flag and ended before it could call.
        unsafe region.isCalled.pointee.store(0, ordering: .sequentiallyConsistent)
        reap(one.worker, one.index)
      }
    }
    for job in jobs { if let job { collectIfDone(job) } }
    killOverdue()
    killOversized()
    rescueAll()
    restIfIdle()
    if !pending.isEmpty { feed() }
  }

  private func killOverdue() {
    for (index, worker) in workers {
      let record = WorkerRecord(region: region, index: index)
      guard let slot = record.engagedSlot, let job = jobs[slot], let timeout = job.timeout else { continue }
      let plan = JobRecord(region: region, slot: slot).plan
      let chunk = unsafe record.chunk.pointee.load(ordering: .acquiring)
      let began = unsafe record.began.pointee.load(ordering: .acquiring)
      guard chunk >= 0, chunk < plan.chunkCount, began > 0,
        unsafe JobRecord(region: region, slot: slot).state(chunk, plan).pointee.load(ordering: .acquiring)
          == ChunkState.claimed | UInt16(index),
        Duration.nanoseconds(monotonicNanoseconds() - began) >= timeout
      else { continue }
      worker.isOverdue = true
      worker.process.signal(9)
    }
  }

  // MARK: Waiting

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
        let rescueLook = rescueEnd ?? Deadline(after: Self.rescueInterval)
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
      let next = Deadline.earlier(deadline, Deadline(after: Self.rescueInterval))
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

  // MARK: Size

  func resize(to count: Int) throws(PoolError) {
    try requireOwn()
    let refusal: PoolError? = locked {
      if let broken { return broken }
      if isClosed { return PoolError(.closed) }
      wanted = count
      isResting = false
      unsafe region.workerCount.pointee.store(UInt32(count), ordering: .sequentiallyConsistent)
      defer { callManager() }
      for index in workers.keys where index >= count {
        _ = WorkerRecord(region: region, index: index).wakeIfAsleep()
      }
      // The manager thread leaves the starts to this call, which throws their error.
      healing.next = Deadline(after: PoolHealing.shortestPause)
      return nil
    }
    if let refusal { throw refusal }
    do throws(ProcessError) { try startMissing() } catch {
      locked { noteFailedStart(error) }
      throw PoolError(error)
    }
  }

  // MARK: Closing

  func requireOwn() throws(PoolError) {
    if generation != ForkCounters.generation {
      throw PoolError(.foreign, message: "only the process that made a pool can use it")
    }
  }

  /// Calls the manager thread, unless it has already been called.
  func callManager() {
    if unsafe region.isCalled.pointee.exchange(1, ordering: .sequentiallyConsistent) == 0 {
      try? WorkerMessage.send(.started, over: clapper.descriptor)
    }
  }

  /// Closes the pool, which takes no more work.
  func close(cancelsPending: Bool) {
    guard generation == ForkCounters.generation else { return }
    locked {
      isClosed = true
      unsafe region.hasPending.pointee.store(1, ordering: .sequentiallyConsistent)
      if cancelsPending {
        let dropped = pending.all
        pending.removeAll()
        for job in dropped {
          job.failure = PoolError(.cancelled)
          end(job)
        }
      }
      callManager()
    }
  }

  /// Stops all jobs that have a slot: none of their remaining chunks is started.
  func stopAll() {
    guard generation == ForkCounters.generation else { return }
    locked { for job in jobs { if let job { stop(job) } } }
  }

  /// Kills all workers, and fails all jobs.
  func kill() {
    guard generation == ForkCounters.generation else { return }
    locked {
      isClosed = true
      if broken == nil { broken = PoolError(.closed, message: "it was killed") }
      for worker in workers.values { worker.process.signal(9) }
      if let broken { failAll(broken) }
      callManager()
    }
  }

  /// Waits until all workers have left. Returns false in a process forked from the pool's process,
  /// and in an observer that the manager thread calls, because the pool ends after that.
  func waitForEnd(until deadline: Deadline) -> Bool {
    if generation != ForkCounters.generation || isManager { return false }
    while unsafe ending.pointee.load(ordering: .acquiring) == 0 {
      if deadline.hasPassed { return false }
      unsafe _ = try? Futex(at: UnsafeMutableRawPointer(ending)).wait(while: 0, until: deadline)
    }
    return true
  }
}

/// The compute budget, cached because finding it out takes system calls.
enum ComputeBudgetCache {
  static let cores = ComputeBudget.cores
}
