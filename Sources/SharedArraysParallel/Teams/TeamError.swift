public import SharedArraysSystem

/// A run of a team that was not finished, and why.
///
/// The failure of one worker is told in full: of one that was overdue or died, rather than of one that threw an error; of several,
/// that with the lowest index. `dirty` says whose shares may be half done. After it the team can be run again: members that died
/// are replaced.
public struct TeamError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The closure threw an error.
    public static let threw = Code(text: "threw an error")
    /// The member ended in the run: by a signal, a trap, or an exit of its own.
    public static let died = Code(text: "died")
    /// The time given for the run had passed, and the member, which was overdue, was killed.
    public static let timedOut = Code(text: "did not finish in time")
    /// The member waited for a lock that nobody can give back, most likely since another thread had it when the team was made; it
    /// was killed.
    public static let forkStalled = Code(text: "came to a standstill after the fork")
    /// A member, or the memory that the team needs, could not be had.
    public static let cannotStart = Code(text: "could not be started")
    /// An operation's type has no name that leads back to it in another process.
    public static let notResolvable = Code(text: "was given an operation that it cannot find")
    /// Members cannot map an array of an operation.
    public static let notTransferable = Code(text: "was given an array that it cannot map")
    /// The team was made by another process.
    public static let foreign = Code(text: "belongs to another process")
  }

  /// What went wrong.
  public let code: Code
  /// The index of the worker.
  public let worker: Int
  /// Its process; nil if there was none.
  public let pid: Int?
  /// How its process ended, if it died.
  public let termination: ProcessTermination?
  /// The share that it had asked for last in this run; nil if none.
  public let range: Range<Int>?
  /// The type of the error that the closure threw.
  public let errorType: String?
  /// What the thrown error says of itself, cut to about 1,500 bytes; or why a member could not be started.
  public let message: String?
  /// The workers whose shares may be half done, in order: those that did not finish, and all of them if barriers were passed,
  /// since what they did after one another then does not fit together.
  public package(set) var dirty: [Int] = []
  /// How many share the work.
  public package(set) var workers = 1
  /// How many more workers failed.
  public package(set) var furtherFailures = 0

  package init(
    _ code: Code, worker: Int, pid: Int? = nil, termination: ProcessTermination? = nil,
    range: Range<Int>? = nil,
    errorType: String? = nil, message: String? = nil
  ) {
    self.code = code
    self.worker = worker
    self.pid = pid
    self.termination = termination
    self.range = range
    self.errorType = errorType
    self.message = message
  }

  /// The indices in dirty shares of `count`, neighbours joined, for a closure that has asked for ``TeamWorker/partition(of:)``
  /// this number.
  public func dirtyRanges(of count: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for worker in dirty {
      let share = Partition.blocks.share(of: worker, among: workers, of: count)
      if share.isEmpty { continue }
      if let last = ranges.last, last.upperBound == share.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<share.upperBound
      } else {
        ranges.append(share)
      }
    }
    return ranges
  }

  /// Whether the kernel may have killed the member for want of memory: it died by a SIGKILL that this package did not send.
  public var mayBeOutOfMemory: Bool { code == .died && termination == .signaled(9) }

  /// A sentence that names the worker, its process, its share and the cause.
  public var description: String {
    var text = "Worker \(worker) of a team"
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let range { text += ", its share being \(range.lowerBound)..<\(range.upperBound)" }
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel for want of memory" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if !dirty.isEmpty {
      text += " Half done may be the shares of: \(dirty.map(String.init).joined(separator: ", "))."
    }
    if furtherFailures > 0 { text += " \(furtherFailures) more failed." }
    return text
  }
}
