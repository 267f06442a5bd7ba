/// The jobs that wait for a slot, in their order. Each operation takes the same time for any number
/// of jobs, because programs submit a hundred thousand tasks at once, and cancel them.
@safe struct PendingJobs {
  /// The jobs, from index `head` on. A removed job leaves a gap, which is nil. The element at
  /// `head` and the last element are never gaps; all elements before `head` are.
  private var jobs: [PoolJob?] = []
  private var head = 0
  /// The number of sequence numbers issued before the first element of `jobs`.
  private var offset = 0

  var isEmpty: Bool { head == jobs.count }

  var first: PoolJob? { isEmpty ? nil : jobs[head] }

  var all: [PoolJob] { jobs[head...].compactMap { $0 } }

  mutating func append(_ job: PoolJob) {
    job.pendingNumber = offset + jobs.count
    jobs.append(job)
  }

  /// Removes a job, and returns whether it was pending.
  @discardableResult
  mutating func remove(_ job: PoolJob) -> Bool {
    let index = job.pendingNumber - offset
    guard index >= head, index < jobs.count, jobs[index] === job else { return false }
    jobs[index] = nil
    while head < jobs.count, jobs[head] == nil { head += 1 }
    while jobs.count > head, jobs[jobs.count - 1] == nil { jobs.removeLast() }
    // Half of the array is gaps at the beginning. Closing them takes no longer than making them
    // did.
    if head >= 64, head * 2 >= jobs.count {
      jobs.removeFirst(head)
      offset += head
      head = 0
    }
    return true
  }

  mutating func removeAll() { self = PendingJobs() }
}
