public import SharedArraysSystem

/// An error of a run of a team that was not finished.
///
/// The failure of one worker is reported in full. A worker that was overdue or died takes
/// precedence over one that threw an error. The worker with the lowest index is reported
/// where several failed in the same way. `incompleteWorkers` lists the workers whose shares might
/// be half done. The team can be run again after the error: members that died are replaced.
public struct TeamError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a failure. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The closure threw an error.
    public static let threw = Code(text: "threw an error")
    /// The member ended during the run: by a signal, a trap, or a call of `exit`.
    public static let died = Code(text: "died")
    /// The time limit of the run passed, and the overdue member was killed.
    public static let deadlineExceeded = Code(text: "did not finish in time")
    /// The member waited for a lock that no thread can release, most likely because another thread
    /// held it when the team was created. The member was killed.
    public static let forkStalled = Code(text: "stalled after the fork")
    /// A member could not be created, or the memory of the team could not be allocated.
    public static let cannotStart = Code(text: "could not be started")
    /// The type of an operation cannot be looked up by name in another process.
    public static let notResolvable = Code(text: "was given an operation that it cannot find")
    /// Members cannot map an array of an operation.
    public static let notTransferable = Code(text: "was given an array that it cannot map")
    /// The team was created by another process.
    public static let foreignProcess = Code(text: "belongs to another process")
  }

  /// The kind of the failure.
  public let code: Code
  /// The index of the worker.
  public let worker: Int
  /// The process ID of the worker; nil if it had no process.
  public let pid: Int?
  /// The way the process ended, if it died.
  public let termination: ProcessTermination?
  /// The share that the worker requested last in this run; nil if none.
  public let range: Range<Int>?
  /// The type of the error that the closure threw.
  public let errorType: String?
  /// The description of the thrown error, truncated to about 1,500 bytes, or the reason why a
  /// member could not be started.
  public let message: String?
  /// The workers whose shares might be half done, in order: the workers that did not finish, or all
  /// workers if a barrier was passed, because their successive steps are inconsistent then.
  public package(set) var incompleteWorkers: [Int] = []
  /// The number of workers that share the work.
  public package(set) var workers = 1
  /// The number of further workers that failed.
  public package(set) var additionalFailureCount = 0

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

  /// Returns the indices in the incomplete shares of `count` indices, with adjacent ranges merged,
  /// for a closure that called ``TeamContext/partition(of:)`` with this count.
  public func incompleteRanges(of count: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for worker in incompleteWorkers {
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

  /// Whether the kernel might have killed the member because memory ran out: it died by a SIGKILL
  /// that this package did not send.
  public var mayBeOutOfMemory: Bool { code == .died && termination == .signaled(9) }

  /// A sentence that names the worker, its process, its share and the cause.
  public var description: String {
    var text = code == .foreignProcess ? "The team" : "Worker \(worker) of a team"
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let range { text += " while its share was \(range.lowerBound)..<\(range.upperBound)" }
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel because memory ran out" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if !incompleteWorkers.isEmpty {
      text +=
        " Shares that might be incomplete: workers \(incompleteWorkers.map(String.init).joined(separator: ", "))."
    }
    if additionalFailureCount > 0 { text += " \(additionalFailureCount) more failed." }
    return text
  }
}
