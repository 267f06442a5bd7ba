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
