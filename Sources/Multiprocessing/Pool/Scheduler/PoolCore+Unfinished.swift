internal import Synchronization

/// The inputs that a failed call has left undone.
extension PoolCore {
  /// Adds to the error of a job that has failed: the number of its other failures and, if outputs
  /// go to memory of the caller, the inputs that are not done.
  ///
  /// - Complexity: O(chunks), if outputs go to memory of the caller.
  func completeFailure(of job: PoolJob) {
    guard job.hasFailed else { return }
    job.failure?.additionalFailureCount = job.additionalFailureCount
    if job.target != nil { job.failure?.unfinishedRanges = unfinished(of: job) }
  }

  /// Returns the inputs of chunks that are not done. A worker may still be running one of them if
  /// the pool is broken or has been killed.
  private func unfinished(of job: PoolJob) -> [Range<Int>] {
    guard let slot = job.slot else { return [0..<job.count] }
    let record = JobRecord(region: region, slot: slot)
    let plan = record.plan
    var ranges: [Range<Int>] = []
    // SAFETY: `region` keeps the states of the plan's chunks mapped and aligned.
    for chunk in 0..<plan.chunkCount {
      if unsafe record.state(chunk, plan).pointee.load(ordering: .acquiring) & 0xf000 == ChunkState.done {
        continue
      }
      let range = record.range(chunk, plan)
      if let last = ranges.last, last.upperBound == range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
    return ranges
  }
}
