internal import SharedArraysSystem
internal import Synchronization

/// A meter that reports the progress of one call, at most once an interval.
final class ProgressMeter {
  static let interval = Duration.milliseconds(100)

  private let report: ProgressReport
  private let total: Int?
  private let start = monotonicNanoseconds()
  private var latest: Int64
  private var isOver = false
  private(set) var done = 0

  init(_ report: ProgressReport, total: Int?) {
    self.report = report
    self.total = total
    latest = start
  }

  func update(_ done: Int) {
    self.done = done
    let now = monotonicNanoseconds()
    guard Duration.nanoseconds(now - latest) >= Self.interval else { return }
    latest = now
    tell(now)
  }

  /// Sends the last report, once. A given `count` is the number of inputs that are done.
  func finish(_ count: Int? = nil) {
    if isOver { return }
    isOver = true
    done = count ?? done
    tell(monotonicNanoseconds())
  }

  private func tell(_ now: Int64) {
    report.handler(
      PoolProgress(done: done, total: total, elapsed: .nanoseconds(now - start), isLast: isOver))
  }
}

extension PoolCore {
  /// Submits a job and waits for its end. While it waits, it reports the progress, according to the
  /// numbers of chunks that workers count as settled.
  func run(_ job: PoolJob, _ report: ProgressReport?) throws(PoolError) {
    let meter = report.map { ProgressMeter($0, total: job.count) }
    defer { meter?.finish() }
    try submit(job)
    guard let meter else {
      _ = wait(job, until: Deadline(after: nil))
      return
    }
    while !wait(job, until: Deadline(after: ProgressMeter.interval)) {
      meter.update(max(meter.done, inputsDone(of: job)))
    }
    if job.failure == nil { meter.finish(job.count) }
  }

  /// Returns the number of inputs of a job that are done. Chunks that were dropped are not counted.
  private func inputsDone(of job: PoolJob) -> Int {
    locked {
      guard let slot = job.slot, !job.hasEnded else { return 0 }
      let record = JobRecord(region: region, slot: slot)
      var chunks = 0
      for index in 0..<region.usedWorkers {
        chunks += WorkerRecord(region: region, index: index).settled(slot, job.generation)
      }
      // A process that stops a job first marks it as stopped, and then counts the dropped chunks as
      // settled.
      // SAFETY: the word is atomic, and the region keeps it mapped.
      if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 { return 0 }
      return min(chunks * job.chunkSize, job.count)
    }
  }
}
