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
