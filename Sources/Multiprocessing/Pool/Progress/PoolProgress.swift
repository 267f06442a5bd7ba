/// The progress of a call of a pool.
public struct PoolProgress: Hashable, Sendable {
  /// The number of inputs that are done, or of results that have been read from a stream.
  public let done: Int
  /// The number of inputs; nil for a stream over inputs whose number is unknown.
  public let total: Int?
  /// The time since the call began.
  public let elapsed: Duration
  /// Whether this is the last report: all inputs are done, or an error or the reader has ended the
  /// work.
  public let isLast: Bool

  /// The number of inputs done per second since the call began.
  public var rate: Double {
    let seconds = elapsed / .seconds(1)
    return seconds > 0 ? Double(done) / seconds : 0
  }

  /// The time left if the rate so far continues; nil where it cannot be estimated.
  public var remaining: Duration? {
    guard let total, done > 0 else { return nil }
    return elapsed * (Double(max(0, total - done)) / Double(done))
  }
}

/// A handler that receives the progress of a call while the call's thread waits.
///
///     let areas = try pool.map(Area.self, shapes, progress: .bar)
///     let same = try pool.map(Area.self, shapes, progress: ProgressReport { print($0.done, $0.rate) })
///
/// The handler is called at most ten times a second, and once at the end. A call without a handler
/// pays nothing for progress.
public struct ProgressReport {
  let handler: (PoolProgress) -> Void

  /// Creates a report that calls a handler, on the thread or in the task that waits for the
  /// results.
  public init(_ handler: @escaping (PoolProgress) -> Void) { self.handler = handler }

  /// A bar with the rate and the remaining time, written to standard error; nothing, if standard
  /// error is not a terminal.
  public static var bar: ProgressReport { bar("") }

  /// Returns a bar with a label before it: see ``bar``.
  public static func bar(_ label: String) -> ProgressReport {
    ProgressBar.isPossible ? ProgressReport { ProgressBar.draw($0, label) } : ProgressReport { _ in }
  }

  /// Creates a report that sends its values to another task. A task that is too slow for all values
  /// gets the latest.
  ///
  ///     let (report, values) = ProgressReport.values()
  ///     Task { for await progress in values { view.show(progress) } }
  public static func values() -> (report: ProgressReport, values: AsyncStream<PoolProgress>) {
    let (values, continuation) = AsyncStream.makeStream(
      of: PoolProgress.self, bufferingPolicy: .bufferingNewest(1))
    let report = ProgressReport {
      continuation.yield($0)
      if $0.isLast { continuation.finish() }
    }
    return (report, values)
  }
}
