internal import Multiprocessing
public import SharedArraysSystem

/// An error of a parallel call whose forked workers did not finish their work.
///
/// The first failure is reported in full, and no worker takes new work after it. Work that other
/// workers had finished by then stays finished. For work in place, `unfinished` lists the indices
/// that might be half-written.
public struct WorkerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a failure. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The body threw an error.
    public static let threw = Code(text: "threw an error")
    /// The worker ended without finishing: by a signal, a trap, or a call of `exit`.
    public static let died = Code(text: "died")
    /// The time limit passed, and all workers were killed.
    public static let deadlineExceeded = Code(text: "did not finish in time")
    /// A forked child did not start, twice. It most likely waits for a lock that another thread of
    /// the parent held at the fork.
    public static let forkStalled = Code(text: "did not start running after the fork")
    /// A worker could not be created, or the memory for its results could not be allocated.
    public static let cannotStart = Code(text: "could not be started")
  }

  /// The kind of the failure.
  public let code: Code
  /// The index of the worker, from 0.
  public let worker: Int
  /// The process ID of the worker; nil if it had no process.
  public let pid: Int?
  /// The indices the worker was working on when it failed; nil if none.
  public let range: Range<Int>?
  /// The way the process ended, if it died.
  public let termination: ProcessTermination?
  /// The type of the error that the body threw.
  public let errorType: String?
  /// The description of the thrown error, truncated to about 2,000 bytes, or the reason why a
  /// worker could not be started.
  public let message: String?
  /// All indices that no worker has finished, in order.
  public package(set) var unfinishedRanges: [Range<Int>]
  /// The number of workers that failed after this one.
  public package(set) var additionalFailureCount: Int

  package init(
    _ code: Code, worker: Int, pid: Int? = nil, range: Range<Int>? = nil,
    termination: ProcessTermination? = nil,
    errorType: String? = nil, message: String? = nil
  ) {
    self.code = code
    self.worker = worker
    self.pid = pid
    self.range = range
    self.termination = termination
    self.errorType = errorType
    self.message = message
    unfinishedRanges = []
    additionalFailureCount = 0
  }

  /// Whether the kernel might have killed the worker because memory ran out: it died by a SIGKILL
  /// that this package did not send.
  public var mayBeOutOfMemory: Bool { code == .died && termination == .signaled(9) }

  /// A sentence that names the worker, its process, the indices and the cause.
  public var description: String {
    var text = "Worker \(worker)"
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let range { text += " while it worked on \(range.lowerBound)..<\(range.upperBound)" }
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel because memory ran out" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if !unfinishedRanges.isEmpty {
      let ranges = unfinishedRanges.prefix(8).map { "\($0.lowerBound)..<\($0.upperBound)" }.joined(
        separator: ", ")
      text += " Not finished: \(ranges)\(unfinishedRanges.count > 8 ? " and more" : "")."
    }
    if additionalFailureCount > 0 { text += " \(additionalFailureCount) more failed." }
    return text
  }
}
