/// What a pool has done, and when.
///
///     let pool = try ProcessPool(workers: 4, collectsStatistics: true)
///     _ = try pool.map(Area.self, shapes)
///     if let statistics = pool.statistics { print(statistics.workers[0].busy, statistics.slowestChunks(3)) }
public struct PoolStatistics: Sendable {
  /// What the workers of one number have done: those that were replaced, and the one that is there.
  public struct Worker: Hashable, Sendable {
    /// The number of the worker, from 0.
    public let index: Int
    /// Chunks and inputs that it has done, and chunks that failed or in which it died.
    public let chunks, tasks, failures: Int
    /// The time that it was at work, that it was ready and had none, and from the starts of processes to their readiness.
    public let busy, idle, startUp: Duration
  }

  /// Something that a worker did.
  public struct Event: Hashable, Sendable {
    /// What it was.
    public enum Kind: Hashable, Sendable {
      /// The start of its process, until it was ready.
      case startUp
      /// A chunk of a call.
      case chunk
    }
    /// What became of it.
    public enum Outcome: Hashable, Sendable {
      /// It goes on.
      case underWay
      /// It was done.
      case done
      /// The function threw an error.
      case failed
      /// The worker died in it.
      case died
    }

    /// The number of the worker.
    public let worker: Int
    /// What it did.
    public let kind: Kind
    /// What became of that.
    public let outcome: Outcome
    /// A number that the chunks of one call have in common; in a stream, each chunk is a call of its own.
    public let job: UInt64
    /// The number of the chunk in its call.
    public let chunk: Int
    /// The indices of its inputs in that call.
    public let inputs: Range<Int>
    /// When it began, since the pool was made.
    public let begin: Duration
    /// When it ended, since the pool was made; nil for what goes on.
    public let end: Duration?
    /// How long it took, or has taken so far.
    public let duration: Duration
  }

  /// The workers, by their numbers.
  public let workers: [Worker]
  /// The latest 2,047 events of each worker, in the order in which they began.
  public let events: [Event]
  /// How many workers have died, those that were killed for time or memory included.
  public let deaths: Int
  /// How many chunks were begun anew after such a death.
  public let retries: Int

  /// How many chunks are done.
  public var chunks: Int { workers.reduce(0) { $0 + $1.chunks } }
  /// How many inputs are done.
  public var tasks: Int { workers.reduce(0) { $0 + $1.tasks } }

  /// The chunks among the events that took longest, the longest first.
  public func slowestChunks(_ count: Int) -> [Event] {
    Array(events.filter { $0.kind == .chunk }.sorted { $0.duration > $1.duration }.prefix(max(0, count)))
  }
}

extension ProcessPool {
  /// What the pool has done so far; nil, unless it was made with `collectsStatistics: true`.
  ///
  /// What killed workers have done is included, up to the moment of their deaths.
  ///
  /// - Complexity: O(events).
  public var statistics: PoolStatistics? { core.statistics() }
}
