public import SharedArraysSystem

/// Work that a pool did not finish, and why.
public struct PoolError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The function threw an error.
    public static let threw = Code(text: "threw an error")
    /// A worker ended in the middle of the work, as often as it was tried.
    public static let died = Code(text: "died")
    /// The time given for a piece of work had passed; its worker was killed.
    public static let timedOut = Code(text: "did not finish in time")
    /// A worker had more memory of its own than it may have; it was killed, and its chunk not begun anew.
    public static let outOfMemory = Code(text: "took too much memory")
    /// The time given for the wait has passed; the work goes on.
    public static let waitTimedOut = Code(text: "has no result yet")
    /// The work was cancelled before it was finished.
    public static let cancelled = Code(text: "was cancelled")
    /// The pool takes no work any more.
    public static let closed = Code(text: "takes no work any more")
    /// The initializer failed in a worker.
    public static let initializerFailed = Code(text: "could not be prepared by its initializer")
    /// Workers could not be started, or ended before they could work.
    public static let cannotStart = Code(text: "could not be started")
    /// An input or a result could not be encoded or decoded.
    public static let notTransferable = Code(text: "could not exchange a value")
    /// The function's type cannot be found by its name.
    public static let notResolvable = Code(text: "has a function without a usable name")
    /// No memory is left for inputs and results.
    public static let noMemory = Code(text: "has no memory for inputs and results")
    /// The pool belongs to another process: the one that made it.
    public static let foreign = Code(text: "belongs to another process")
  }

  /// What went wrong.
  public let code: Code
  /// The number of the worker, from 0; nil if the pool as a whole is meant.
  public let worker: Int?
  /// The process of the worker.
  public let pid: Int?
  /// The indices of the inputs in question: of one, if the function threw; of a chunk, if the worker died, or inputs could
  /// not be decoded or outputs not be encoded.
  public private(set) var range: Range<Int>?
  /// How the worker's process ended.
  public let termination: ProcessTermination?
  /// The type of the error that the function threw.
  public let errorType: String?
  /// What the thrown error says of itself, cut to some thousand bytes; or particulars.
  public let message: String?
  /// Bytes of memory that the worker had at most at a time, shared memory and what it was forked with included; nil if it
  /// lives, or that is not known.
  public let peakMemory: Int?
  /// Whether the kernel may have killed the worker for want of memory: it died by a SIGKILL that this package did not send,
  /// and the kernel counts such a kill in the control group of this process since the worker was started, or does not tell.
  public let mayBeOutOfMemory: Bool
  /// How many more chunks of the same call failed.
  public internal(set) var furtherFailures = 0
  /// The indices of the inputs whose outputs are not in the array that they were to be written into, in order: those of chunks
  /// that failed, some of whose outputs may be there, and of chunks that were not begun. All others are there. Empty for calls
  /// that return their outputs.
  public internal(set) var unfinished: [Range<Int>] = []

  init(
    _ code: Code, worker: Int? = nil, pid: Int? = nil, range: Range<Int>? = nil,
    termination: ProcessTermination? = nil, errorType: String? = nil, message: String? = nil,
    peakMemory: Int? = nil, kernelMayKill: Bool = true
  ) {
    self.code = code
    self.worker = worker
    self.pid = pid
    self.range = range
    self.termination = termination
    self.errorType = errorType
    self.message = message
    self.peakMemory = peakMemory
    mayBeOutOfMemory = kernelMayKill && code == .died && termination == .signaled(9)
  }

  /// A sentence that names the worker, its process, the inputs and the cause.
  public var description: String {
    let isOfWork = code == .cancelled || code == .waitTimedOut
    var text = worker.map { "Worker \($0)" } ?? (isOfWork ? "The work" : "The pool")
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let range {
      text +=
        range.count == 1
        ? " at input \(range.lowerBound)" : " at inputs \(range.lowerBound)..<\(range.upperBound)"
    }
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel for want of memory" }
    if let peakMemory { text += "; it had at most \(max(1, peakMemory >> 20)) MiB of memory" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if furtherFailures > 0 { text += " \(furtherFailures) more failed." }
    if !unfinished.isEmpty {
      let ranges = unfinished.prefix(8).map { "\($0.lowerBound)..<\($0.upperBound)" }.joined(separator: ", ")
      text += " Not finished: \(ranges)\(unfinished.count > 8 ? " and more" : "")."
    }
    return text
  }

  /// The error of a piece of work, its inputs counted from the beginning of the whole.
  func shifted(by first: Int) -> PoolError {
    var error = self
    error.range = range.map { $0.lowerBound + first..<$0.upperBound + first }
    return error
  }

  init(_ error: ProcessError) {
    let code: Code =
      switch error.code {
      case .notResolvable: .notResolvable
      case .notTransferable: .notTransferable
      default: .cannotStart
      }
    // Its description says all but the particulars a second time.
    let message = code == .cannotStart ? error.description : error.message ?? error.description
    self.init(code, pid: error.pid, termination: error.termination, message: message)
  }
}
