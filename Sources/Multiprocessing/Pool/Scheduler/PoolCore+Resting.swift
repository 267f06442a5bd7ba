internal import SharedArraysSystem
internal import Synchronization

/// Workers that leave where there is no work, and come back with the next.
extension PoolCore {
  /// When the thread has to look whether there is still no work.
  func nextRestLook() -> Duration? {
    guard let idle = options.idleTimeout, !isResting, !isClosed else { return nil }
    return idle
  }

  /// Lets the workers leave if no job was begun since the last such look, and none is there.
  func restIfIdle() {
    guard let idle = options.idleTimeout, !isResting, !isClosed else { return }
    guard let due = restLook, due.hasPassed else {
      if restLook == nil { restLook = Deadline(after: idle) }
      return
    }
    restLook = Deadline(after: idle)
    guard isIdle, begunCount == begunBefore else {
      begunBefore = begunCount
      return
    }
    isResting = true
    unsafe region.workerCount.pointee.store(0, ordering: .sequentiallyConsistent)
    for index in workers.keys { _ = WorkerRecord(region: region, index: index).wakeIfAsleep() }
  }

  /// Brings workers back that have left for want of work. Those that are still leaving are replaced when they have left.
  func wakeUp() {
    guard isResting else { return }
    isResting = false
    restLook = nil
    unsafe region.workerCount.pointee.store(UInt32(wanted), ordering: .sequentiallyConsistent)
    callManager()
  }

  /// Kills workers that have been above the limit of memory for a tenth of a second, in the middle of a chunk.
  func killOversized() {
    guard options.mostBytes > 0, !isIdle else { return }
    for (index, worker) in workers where !worker.isOversized {
      guard WorkerRecord(region: region, index: index).engagedSlot != nil,
        let bytes = privateMemory(ofProcess: worker.process.pid), bytes > options.mostBytes
      else {
        worker.excessEnd = nil
        continue
      }
      worker.excess = bytes
      // Looks follow each other at once where much happens.
      let end = worker.excessEnd ?? Deadline(after: .milliseconds(100))
      worker.excessEnd = end
      guard end.hasPassed else { continue }
      worker.isOversized = true
      worker.process.signal(9)
    }
  }
}
