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
