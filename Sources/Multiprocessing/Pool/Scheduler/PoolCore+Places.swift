internal import SharedArraysSystem
internal import Synchronization

/// How a new job gets a place in shared memory.
extension PoolCore {
  /// Returns a free place for a new job; nil if the job has to stay pending.
  ///
  /// The places form a circle. They are given out in its order, and workers take the jobs in the same order, from the next place to
  /// be given out on. A free place beyond a job that no worker has begun stays empty, since workers would take the new job first.
  func freeSlot() -> Int? {
    if freeSlots == 0 { reclaim() }
    if let slot = placeBefore() { return slot }
    let next = UInt64(unsafe region.nextPlace.pointee.load(ordering: .relaxed))
    let ahead = freeSlots & (~0 << next)
    if freeSlots == 0 { return nil }
    let slot = (ahead == 0 ? freeSlots : ahead).trailingZeroBitCount
    // The places from the next one up to this one; if `ahead` is empty, past the end of the circle.
    let (before, from) = (UInt64(1) << UInt64(slot) - 1, ~UInt64(0) << next)
    let passed = ahead == 0 ? before | from : before & from
    return holdsWaitingJob(passed) ? nil : slot
  }

  /// Whether a job in one of these places has chunks that no worker has begun.
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

  /// Returns the place of the job before, if it is the only one in use and its worker has left it: its cache lines are warm.
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
