/// The jobs that wait for a place, in their order. Each step takes the same time however many there are: programs give out a hundred
/// thousand tasks at once, and cancel them.
@safe struct PendingJobs {
  /// The jobs, and gaps where some were taken out; the first and the last are no gaps.
  private var jobs: [PoolJob?] = []
  private var head = 0
  /// How many numbers were given out before the first of `jobs`.
  private var offset = 0

  var isEmpty: Bool { head == jobs.count }

  var first: PoolJob? { isEmpty ? nil : jobs[head] }

  var all: [PoolJob] { jobs[head...].compactMap { $0 } }

  mutating func append(_ job: PoolJob) {
    job.pendingNumber = offset + jobs.count
    jobs.append(job)
  }

  /// Takes a job out; whether it was there.
  @discardableResult
  mutating func remove(_ job: PoolJob) -> Bool {
    let index = job.pendingNumber - offset
    guard index >= head, index < jobs.count, jobs[index] === job else { return false }
    jobs[index] = nil
    while head < jobs.count, jobs[head] == nil { head += 1 }
    while jobs.count > head, jobs[jobs.count - 1] == nil { jobs.removeLast() }
    // Half of the room is gaps at the beginning: to close them takes no longer than it took to make them.
    if head >= 64, head * 2 >= jobs.count {
      jobs.removeFirst(head)
      offset += head
      head = 0
    }
    return true
  }

  mutating func removeAll() { self = PendingJobs() }
}
