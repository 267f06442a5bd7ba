internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

extension PoolCore {
  /// What the thread of the pool does until the pool has ended.
  func manage() {
    manager.store(pthread_self(), ordering: .sequentiallyConsistent)
    while waitAndLook(until: Deadline(after: nil)) {}
    // The process that workers were forked from goes before who waits for the end goes on.
    locked { template = nil }
    unsafe ending.pointee.store(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: UnsafeMutableRawPointer(ending)).wake()
  }

  /// Whether this is the thread of the pool, in an observer of work that has ended.
  var isManager: Bool { manager.load(ordering: .relaxed) == pthread_self() }

  /// Waits until something has happened, and looks after it.
  ///
  /// - Returns: false if the pool has ended.
  private func waitAndLook(until limit: Deadline) -> Bool {
    let (watch, deadline): ([Watch], Deadline?) = locked {
      let watch = watched()
      return (watch, isOver ? nil : nextLook())
    }
    guard let deadline else { return false }
    var ready = [UInt8](repeating: 0, count: watch.count * 2 + 1)
    let descriptors = [bell.descriptor.rawValue] + watch.flatMap { [$0.end, $0.socket] }
    // Those are called when this look ends: calling them at once could go on for ever, and nobody would look after workers.
    let next = hasCalls ? Deadline(after: .zero) : .earlier(limit, deadline)
    let count = (try? pollDescriptors(descriptors, ready: &ready, until: next)) ?? -1
    // Without memory for the call there is nothing better to do than to wait.
    if count < 0 { pause() }
    locked { look(watch, ready) }
    if options.method == .fork, ready.allSatisfy({ $0 == 0 }) { relieveStalls(watch) }
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

  /// What there is to watch; nothing, when all workers have left a closed pool.
  private func watched() -> [Watch] {
    if isClosed, isIdle { dismiss() }
    return workers.map { index, worker in
      Watch(
        index: index, worker: worker, end: worker.process.pollable, socket: worker.socket.descriptor.rawValue)
    }
  }

  /// Whether all workers have left, and none is going to come.
  private var isOver: Bool {
    guard workers.isEmpty, healing.starting.isEmpty else { return false }
    return broken != nil || isClosed && isIdle || WorkerList.isEnding.load(ordering: .sequentiallyConsistent)
  }

  /// Has forked workers begun anew that came to a standstill; without the lock, since a fork may have to wait.
  private func relieveStalls(_ watch: [Watch]) {
    for one in watch { _ = try? one.worker.process.wait(until: Deadline(after: .milliseconds(1))) }
  }

  /// Lets the workers leave.
  private func dismiss() {
    unsafe region.isClosing.pointee.store(1, ordering: .sequentiallyConsistent)
    region.ringAnyway()
  }

  /// When the thread has to look though nothing has happened: after tasks whose time may be up, and after forked workers, which
  /// may have come to a standstill. Never, if the pool is idle.
  private func nextLook() -> Deadline {
    var span: Duration?
    for job in jobs { if let timeout = job?.timeout { span = min(span ?? timeout, timeout) } }
    if let some = span { span = max(.milliseconds(1), min(some / 4, .milliseconds(50))) }
    if options.method == .fork {
      let isStarting = workers.contains { index, _ in
        !WorkerRecord(region: region, index: index).hasBegun
      }
      if isStarting { span = min(span ?? .milliseconds(50), .milliseconds(50)) }
      // Also one whose work nobody waits for any more, or that leaves, may have come to a standstill, and a closed pool waits for it.
      if !isIdle || isClosed { span = min(span ?? .seconds(1), .seconds(1)) }
    }
    // The memory of workers is looked at only while there is work.
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
        // It may have been about to call.
        unsafe region.isCalled.pointee.store(0, ordering: .sequentiallyConsistent)
        bury(one.worker, one.index)
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
  /// - Returns: whether it has.
  func wait(_ job: PoolJob, until deadline: Deadline) -> Bool {
    if job.wokenAt != 0 { noteCaller(of: job) }
    if job.hasEnded { return true }
    if generation != ForkHistory.generation { return false }
    if !deadline.hasPassed { spin(job) }
    var rescueEnd: Deadline?
    while true {
      locked { collectIfDone(job) }
      if job.hasEnded { return true }
      if deadline.hasPassed {
        // Who only looks from time to time looks after nothing.
        if !isHere { locked { beginWatch() } }
        return false
      }
      if isManager {
        // An observer waits, and nobody else looks after the pool meanwhile.
        locked {
          if let slot = job.slot { JobRecord(region: region, slot: slot).askForCall() }
          // It may have ended at this moment.
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
      if outcome == .timedOut { locked { rescue(job) } }
    }
  }

  /// Waits until a job has ended.
  ///
  /// - Returns: whether its outputs are bytes and stand in the job.
  @usableFromInline
  func waitForBytes(of job: PoolJob, _ timeout: Duration?) -> Bool {
    wait(job, until: Deadline(after: timeout)) && job.inlineByteCount > 0 && !job.hasFailed
  }

  /// Looks for the end of a short job, where there is a core for that.
  private func spin(_ job: PoolJob) {
    // A worker that was woken for it wakes up on this core, perhaps.
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

  /// Lets the thread be called when a job that has an observer ends.
  func watch(_ job: PoolJob) {
    if let slot = job.slot { JobRecord(region: region, slot: slot).askForCall() }
    // It may have ended at this moment.
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
      // The thread leaves the workers to this call, which throws why they cannot be started.
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
    if generation != ForkHistory.generation {
      throw PoolError(.foreign, message: "only the process that made a pool can use it")
    }
  }

  /// Calls the thread, unless it has been called already.
  func callManager() {
    if unsafe region.isCalled.pointee.exchange(1, ordering: .sequentiallyConsistent) == 0 {
      try? WorkerMessage.send(.started, over: clapper.descriptor)
    }
  }

  /// Takes no more work.
  func close(cancelPending: Bool) {
    guard generation == ForkHistory.generation else { return }
    locked {
      isClosed = true
      unsafe region.hasPending.pointee.store(1, ordering: .sequentiallyConsistent)
      if cancelPending {
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

  /// Begins nothing more of what is there.
  func stopAll() {
    guard generation == ForkHistory.generation else { return }
    locked { for job in jobs { if let job { stop(job) } } }
  }

  /// Ends all workers at once, and all work.
  func kill() {
    guard generation == ForkHistory.generation else { return }
    locked {
      isClosed = true
      if broken == nil { broken = PoolError(.closed, message: "it was killed") }
      for worker in workers.values { worker.process.signal(9) }
      if let broken { failAll(broken) }
      callManager()
    }
  }

  /// Waits until all workers have left; not in a process that was forked from the pool's, nor in an observer that the thread of the
  /// pool calls, since the pool ends after that.
  func waitForEnd(until deadline: Deadline) -> Bool {
    if generation != ForkHistory.generation || isManager { return false }
    while unsafe ending.pointee.load(ordering: .acquiring) == 0 {
      if deadline.hasPassed { return false }
      unsafe _ = try? Futex(at: UnsafeMutableRawPointer(ending)).wait(while: 0, until: deadline)
    }
    return true
  }
}

/// The compute budget, which takes system calls to find out.
enum ComputeBudgetCache {
  static let cores = ComputeBudget.cores
}
