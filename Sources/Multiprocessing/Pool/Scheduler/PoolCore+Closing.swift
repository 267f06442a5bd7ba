internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of the pool mapped and aligned. `ending` is allocated as long as
// the pool lives.

/// Changes of the number of workers, and the end of the pool.
extension PoolCore {
  func resize(to count: Int) throws(PoolError) {
    try requireOwn()
    let refusal: PoolError? = locked {
      if let broken { return broken }
      if isClosed { return PoolError(.closed) }
      workers.wanted = count
      _ = idleShutdown.end()
      unsafe region.workerCount.pointee.store(UInt32(count), ordering: .sequentiallyConsistent)
      defer { callManager() }
      for index in workers.handles.keys where index >= count {
        _ = WorkerRecord(region: region, index: index).wakeIfAsleep()
      }
      // The manager thread leaves the starts to this call, which throws their error.
      respawn.postpone()
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
      throw PoolError(.foreignProcess, message: "only the process that created a pool can use it")
    }
  }

  /// Calls the manager thread, unless it has already been called.
  func callManager() {
    if unsafe region.isCalled.pointee.exchange(1, ordering: .sequentiallyConsistent) == 0 {
      try? WorkerMessage.send(.started, over: callSocket.descriptor)
    }
  }

  /// Closes the pool, which takes no more work.
  func close(cancelsPending: Bool) {
    guard generation == ForkCounters.generation else { return }
    locked {
      isClosed = true
      unsafe region.hasPending.pointee.store(1, ordering: .sequentiallyConsistent)
      if cancelsPending {
        let dropped = jobs.pending.all
        jobs.pending.removeAll()
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
    locked { for job in jobs.slots { if let job { stop(job) } } }
  }

  /// Kills all workers, and fails all jobs.
  func kill() {
    guard generation == ForkCounters.generation else { return }
    locked {
      isClosed = true
      if broken == nil { broken = PoolError(.closed, message: "it was killed") }
      for worker in workers.handles.values { worker.process.signal(9) }
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
