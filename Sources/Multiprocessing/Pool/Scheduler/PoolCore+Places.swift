internal import SharedArraysSystem
internal import Synchronization

// SAFETY: `region` keeps the words of the pool and its jobs mapped and aligned.

/// The allocation of slots in shared memory to new jobs.
extension PoolCore {
  /// Returns a free slot for a new job; nil if the job has to stay pending.
  ///
  /// The slots form a circle. They are allocated in its order, and workers take the jobs in the
  /// same order, starting at the next slot to allocate. A free slot beyond a job that no worker has
  /// started stays empty, because workers would take the new job first.
  func freeSlot() -> Int? {
    if freeSlots == 0 { reclaim() }
    if let slot = placeBefore() { return slot }
    let next = UInt64(unsafe region.nextPlace.pointee.load(ordering: .relaxed))
    let ahead = freeSlots & (~0 << next)
    if freeSlots == 0 { return nil }
    let slot = (ahead == 0 ? freeSlots : ahead).trailingZeroBitCount
    // The slots from the next one up to this one. If `ahead` is empty, they continue past the end
    // of the circle.
    let (before, from) = (UInt64(1) << UInt64(slot) - 1, ~UInt64(0) << next)
    let passed = ahead == 0 ? before | from : before & from
    return holdsWaitingJob(passed) ? nil : slot
  }

  /// Returns whether a job in one of these slots has chunks that no worker has started.
  private func holdsWaitingJob(_ places: UInt64) -> Bool {
    var places = places
    while places != 0 {
      let slot = places.trailingZeroBitCount
      places &= places - 1
      guard let job = jobs[slot] else { continue }
      let begun = unsafe JobRecord(region: region, slot: slot).next.pointee.load(ordering: .acquiring)
      if begun < job.chunkCount { return true }
    }
    return false
  }

  /// Returns the slot of the previous job, if no job is in flight and its worker has left it: its
  /// cache lines are warm.
  private func placeBefore() -> Int? {
    let slot = Int(unsafe region.nextPlace.pointee.load(ordering: .relaxed) &- 1) & 63
    guard retiring & 1 << UInt64(slot) != 0, freeSlots | retiring == .max, region.usedWorkers <= 4 else {
      return nil
    }
    for index in 0..<region.usedWorkers {
      if WorkerRecord(region: region, index: index).engagedSlot == slot { return nil }
    }
    retiring &= ~(1 << UInt64(slot))
    freeSlots |= 1 << UInt64(slot)
    return slot
  }
}
