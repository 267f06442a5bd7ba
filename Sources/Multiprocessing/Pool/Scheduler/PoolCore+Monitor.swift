internal import Glibc
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of the pool, its jobs and its workers mapped and aligned.
// `ending` is allocated as long as the pool lives. Chunk numbers are compared with the plan's chunk
// count before use.

/// The manager thread, which attends to the workers and to jobs that no call waits for.
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
  func waitAndLook(until limit: Deadline) -> Bool {
    let (watch, deadline): ([Watch], Deadline?) = locked {
      let watch = watched()
      return (watch, isOver ? nil : nextLook())
    }
    guard let deadline else { return false }
    var ready = [UInt8](repeating: 0, count: watch.count * 2 + 1)
    let descriptors = [managerSocket.descriptor.rawValue] + watch.flatMap { [$0.end, $0.socket] }
    // Observers are called when this look ends. Calling them at once could go on forever, and no
    // thread would attend to the workers.
    let next = hasCalls ? Deadline(after: .zero) : .earlier(limit, deadline)
    let count = (try? pollDescriptors(descriptors, ready: &ready, until: next)) ?? -1
    // If the system has no memory for the call, the thread can only wait.
    if count < 0 { pause() }
    locked { look(watch, ready) }
    if options.method == .fork, ready.allSatisfy({ $0 == 0 }) || forkCheck.hasPassed {
      recoverStalledForks(watch)
      forkCheck = Deadline(after: .seconds(1))
    }
    respawnMissing()
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
    if isClosed, jobs.isEmpty { dismiss() }
    return workers.handles.map { index, worker in
      Watch(
        index: index, worker: worker, end: worker.process.pollable, socket: worker.socket.descriptor.rawValue)
    }
  }

  /// Whether all workers have left and none will be started.
  private var isOver: Bool {
    guard workers.isEmpty else { return false }
    return broken != nil || isClosed && jobs.isEmpty
      || WorkerList.isEnding.load(ordering: .sequentiallyConsistent)
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
    for job in jobs.slots { if let timeout = job?.timeout { span = min(span ?? timeout, timeout) } }
    if let some = span { span = max(.milliseconds(1), min(some / 4, .milliseconds(50))) }
    if options.method == .fork {
      let isStarting = workers.handles.contains { index, _ in
        !WorkerRecord(region: region, index: index).hasBegun
      }
      if isStarting { span = min(span ?? .milliseconds(50), .milliseconds(50)) }
      // A worker may be deadlocked even if no call waits for its work any more, or if it is
      // leaving. A closed pool waits for such a worker.
      if !jobs.isEmpty || isClosed { span = min(span ?? .seconds(1), .seconds(1)) }
    }
    // The memory of workers is checked only while the pool has work.
    if options.mostBytes > 0, !jobs.isEmpty { span = min(span ?? .milliseconds(50), .milliseconds(50)) }
    if let idle = nextRestLook() { span = min(span ?? idle, idle) }
    if let respawn = nextRespawn() { span = min(span ?? respawn, respawn) }
    if let rescue = nextRescue() { span = min(span ?? rescue, rescue) }
    return Deadline(after: span)
  }

  private func look(_ watch: [Watch], _ ready: [UInt8]) {
    if ready[0] != 0 {
      unsafe region.isCalled.pointee.store(0, ordering: .sequentiallyConsistent)
      while let message = (try? WorkerMessage.receive(from: managerSocket.descriptor, mayWait: false)) ?? nil
      {
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
    for job in jobs.slots { if let job { collectIfDone(job) } }
    killOverdue()
    killOversized()
    rescueAll()
    restIfIdle()
    if !jobs.pending.isEmpty { feed() }
  }

  private func killOverdue() {
    for (index, worker) in workers.handles {
      let record = WorkerRecord(region: region, index: index)
      guard let slot = record.engagedSlot, let job = jobs.slots[slot], let timeout = job.timeout else {
        continue
      }
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
}
