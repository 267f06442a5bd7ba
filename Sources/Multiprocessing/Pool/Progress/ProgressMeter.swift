internal import SharedArraysSystem
internal import Synchronization

/// Tells the progress of one call, no more often than one wants to know.
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

  /// Tells the last of it, once: with `count`, that so many are done.
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
  /// Gives out a job, waits for its end, and tells how far it is meanwhile, as the chunks that workers count as settled say.
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

  /// How many inputs of a job are done; chunks that were dropped are not counted.
  private func inputsDone(of job: PoolJob) -> Int {
    locked {
      guard let slot = job.slot, !job.hasEnded else { return 0 }
      let record = JobRecord(region: region, slot: slot)
      var chunks = 0
      for index in 0..<region.usedWorkers {
        chunks += WorkerRecord(region: region, index: index).settled(slot, job.generation)
      }
      // Who stops a job counts what it drops as settled, after it has said so.
      if unsafe record.isStopped.pointee.load(ordering: .sequentiallyConsistent) != 0 { return 0 }
      return min(chunks * job.chunkSize, job.count)
    }
  }
}
