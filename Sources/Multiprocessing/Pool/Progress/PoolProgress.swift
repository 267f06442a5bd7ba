/// How far a pool is with a call.
public struct PoolProgress: Hashable, Sendable {
  /// How many inputs are done; of a stream, how many results have been read.
  public let done: Int
  /// How many inputs there are; nil for a stream over inputs that do not tell.
  public let total: Int?
  /// The time since the call began.
  public let elapsed: Duration
  /// Whether nothing follows, since all is done, or an error or the reader has ended the work.
  public let isLast: Bool

  /// Inputs per second since the call began.
  public var rate: Double {
    let seconds = elapsed / .seconds(1)
    return seconds > 0 ? Double(done) / seconds : 0
  }

  /// How long the rest takes if it goes on as it has gone; nil where that cannot be told.
  public var remaining: Duration? {
    guard let total, done > 0 else { return nil }
    return elapsed * (Double(max(0, total - done)) / Double(done))
  }
}

/// What is told of the progress of a call, while its thread waits.
///
///     let areas = try pool.map(Area.self, shapes, progress: .bar)
///     let same = try pool.map(Area.self, shapes, progress: ProgressReport { print($0.done, $0.rate) })
///
/// It is called at most ten times a second, and once at the end. Without one a call pays nothing for it.
public struct ProgressReport {
  let handler: (PoolProgress) -> Void

  /// A report that calls a handler, on the thread or in the task that waits for the results.
  public init(_ handler: @escaping (PoolProgress) -> Void) { self.handler = handler }

  /// A bar with rate and remaining time in the terminal, by way of standard error; nothing, if that is no terminal.
  public static var bar: ProgressReport { bar("") }

  /// A bar with a word before it: see ``bar``.
  public static func bar(_ label: String) -> ProgressReport {
    ProgressBar.isPossible ? ProgressReport { ProgressBar.draw($0, label) } : ProgressReport { _ in }
  }

  /// A report that tells another task, which reads the values as they come; of those that it has no time for, the latest.
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
