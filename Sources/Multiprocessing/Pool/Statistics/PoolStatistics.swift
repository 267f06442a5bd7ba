/// The statistics of a pool: what it has done, and when.
///
///     let pool = try ProcessPool(workers: 4, collectsStatistics: true)
///     _ = try pool.map(Area.self, shapes)
///     if let statistics = pool.statistics { print(statistics.workers[0].busy, statistics.slowestChunks(3)) }
public struct PoolStatistics: Sendable {
  /// The work of all workers of one number: the current one, and those it has replaced.
  public struct Worker: Hashable, Sendable {
    /// The number of the worker, from 0.
    public let index: Int
    /// The number of chunks and inputs that it has done, and of chunks that failed or in which it
    /// died.
    public let chunks, tasks, failures: Int
    /// The time for which it was at work, was ready without work, and was starting up, from the
    /// start of a process to its readiness.
    public let busy, idle, startUp: Duration
  }

  /// An event in the work of a worker.
  public struct Event: Hashable, Sendable {
    /// The kind of an event.
    public enum Kind: Hashable, Sendable {
      /// The start of the worker's process, until it was ready.
      case startUp
      /// A chunk of a call.
      case chunk
    }
    /// The outcome of an event.
    public enum Outcome: Hashable, Sendable {
      /// The event continues.
      case underWay
      /// The event was completed.
      case done
      /// The function threw an error.
      case failed
      /// The worker died during the event.
      case died
    }

    /// The number of the worker.
    public let worker: Int
    /// The kind of the event.
    public let kind: Kind
    /// The outcome of the event.
    public let outcome: Outcome
    /// A number that all chunks of one call share. In a stream, each chunk is a call of its own.
    public let job: UInt64
    /// The number of the chunk in its call.
    public let chunk: Int
    /// The indices of the chunk's inputs in its call.
    public let inputs: Range<Int>
    /// The time at which it began, since the pool was made.
    public let begin: Duration
    /// The time at which it ended, since the pool was made; nil while it continues.
    public let end: Duration?
    /// The time that it took, or has taken so far.
    public let duration: Duration
  }

  /// The workers, in the order of their numbers.
  public let workers: [Worker]
  /// The latest 2,047 events of each worker, in the order in which they began.
  public let events: [Event]
  /// The number of workers that have died, including those that were killed for exceeding a timeout
  /// or the memory limit.
  public let deaths: Int
  /// The number of chunks that were retried after such a death.
  public let retries: Int

  /// The number of chunks that are done.
  public var chunks: Int { workers.reduce(0) { $0 + $1.chunks } }
  /// The number of inputs that are done.
  public var tasks: Int { workers.reduce(0) { $0 + $1.tasks } }

  /// Returns up to `count` events, those of the chunks that took longest, the longest first.
  public func slowestChunks(_ count: Int) -> [Event] {
    Array(events.filter { $0.kind == .chunk }.sorted { $0.duration > $1.duration }.prefix(max(0, count)))
  }
}

extension ProcessPool {
  /// The statistics of the pool so far; nil unless it was made with `collectsStatistics: true`.
  ///
  /// They include the work of killed workers, up to the moment of their deaths.
  ///
  /// - Complexity: O(events).
  public var statistics: PoolStatistics? { core.statistics() }
}
