internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the pool's words mapped and aligned.

/// The shutdown of idle workers, which come back with the next work.
extension PoolCore {
  /// Returns the time until the manager thread has to check whether the pool is still idle; nil if
  /// it need not.
  func nextRestLook() -> Duration? {
    guard let idle = options.idleTimeout, !idleShutdown.isResting, !isClosed else { return nil }
    return idle
  }

  /// Lets the workers leave if the pool is idle and no job has started since the last check.
  func restIfIdle() {
    guard let idle = nextRestLook(),
      idleShutdown.begins(after: idle, isIdle: jobs.isEmpty, startedCount: jobs.startedCount)
    else { return }
    unsafe region.workerCount.pointee.store(0, ordering: .sequentiallyConsistent)
    for index in workers.handles.keys { _ = WorkerRecord(region: region, index: index).wakeIfAsleep() }
  }

  /// Brings back workers that have left an idle pool. Workers that are still leaving are replaced
  /// when they have left.
  func wakeUp() {
    guard idleShutdown.end() else { return }
    unsafe region.workerCount.pointee.store(UInt32(workers.wanted), ordering: .sequentiallyConsistent)
    callManager()
  }

  /// Kills workers that have exceeded the memory limit for a tenth of a second, in the middle of a
  /// chunk.
  func killOversized() {
    guard options.mostBytes > 0, !jobs.isEmpty else { return }
    for (index, worker) in workers.handles where !worker.isOversized {
      guard WorkerRecord(region: region, index: index).engagedSlot != nil,
        let bytes = privateMemory(ofProcess: worker.process.pid), bytes > options.mostBytes
      else {
        worker.excessEnd = nil
        continue
      }
      worker.excess = bytes
      // A deadline measures this, because looks follow each other at once when much happens.
      let end = worker.excessEnd ?? Deadline(after: .milliseconds(100))
      worker.excessEnd = end
      guard end.hasPassed else { continue }
      worker.isOversized = true
      worker.process.signal(9)
    }
  }
}
