public import SharedArraysSystem

/// The reason a pool did not finish some work.
public struct PoolError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure. More codes might be added.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The function threw an error.
    public static let threw = Code(text: "threw an error")
    /// A worker ended in the middle of the work, at each attempt.
    public static let died = Code(text: "died")
    /// The work took longer than its timeout, and its worker was killed.
    public static let deadlineExceeded = Code(text: "did not finish in time")
    /// A worker exceeded the limit on its private memory. It was killed, and its chunk was not
    /// retried.
    public static let memoryLimitExceeded = Code(text: "exceeded its memory limit")
    /// The wait timed out. The work continues.
    public static let timedOut = Code(text: "has no result yet")
    /// The work was cancelled before it was finished.
    public static let cancelled = Code(text: "was cancelled")
    /// The pool is closed.
    public static let closed = Code(text: "is closed")
    /// The initializer failed in a worker.
    public static let initializerFailed = Code(text: "failed in its initializer")
    /// Workers could not be started, or ended before they could work.
    public static let cannotStart = Code(text: "could not be started")
    /// An input or a result could not be encoded or decoded.
    public static let notTransferable = Code(text: "could not exchange a value")
    /// The function's type cannot be found by its name.
    public static let notResolvable = Code(text: "has a function without a usable name")
    /// No memory is left for inputs and results.
    public static let insufficientMemory = Code(text: "has no memory left for inputs and results")
    /// The pool belongs to another process, the one that made it.
    public static let foreignProcess = Code(text: "belongs to another process")
  }

  /// The kind of failure.
  public let code: Code
  /// The number of the worker, from 0; nil if the error concerns the whole pool.
  public let worker: Int?
  /// The process ID of the worker.
  public let pid: Int?
  /// The indices of the inputs concerned: one input if the function threw, and a chunk if the
  /// worker died, inputs could not be decoded, or outputs could not be encoded.
  public private(set) var range: Range<Int>?
  /// How the worker's process ended.
  public let termination: ProcessTermination?
  /// The type of the error that the function threw.
  public let errorType: String?
  /// The description of the thrown error, cut to a few thousand bytes, or other details.
  public let message: String?
  /// The most bytes of memory that the worker had at a time, including shared memory and the memory
  /// it was forked with; nil if the worker is alive or the number is not known.
  public let peakMemory: Int?
  /// Whether the kernel might have killed the worker because memory ran out. This is true if a
  /// SIGKILL that this package did not send ended the worker, and the kernel has counted such a
  /// kill in the control group of this process since the worker was started, or does not report the
  /// count.
  public let mayBeOutOfMemory: Bool
  /// The number of other chunks of the same call that failed.
  public internal(set) var additionalFailureCount = 0
  /// The indices of the inputs whose outputs were not written to the target array, in order. These
  /// are the inputs of failed chunks, some of whose outputs might be in the array, and of chunks
  /// that were not started. The outputs of all other inputs are in the array. Empty for calls that
  /// return their outputs.
  public internal(set) var unfinishedRanges: [Range<Int>] = []

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
    let isOfWork = code == .cancelled || code == .timedOut
    var text = worker.map { "Worker \($0)" } ?? (isOfWork ? "The work" : "The pool")
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let range {
      text +=
        range.count == 1
        ? " at input \(range.lowerBound)" : " at inputs \(range.lowerBound)..<\(range.upperBound)"
    }
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel because memory ran out" }
    if let peakMemory { text += "; it had at most \(max(1, peakMemory >> 20)) MiB of memory" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if additionalFailureCount > 0 { text += " \(additionalFailureCount) more failed." }
    if !unfinishedRanges.isEmpty {
      let ranges = unfinishedRanges.prefix(8).map { "\($0.lowerBound)..<\($0.upperBound)" }.joined(
        separator: ", ")
      text += " Not finished: \(ranges)\(unfinishedRanges.count > 8 ? " and more" : "")."
    }
    return text
  }

  /// Returns the error of a part of a stream, with its input indices counted from the start of the
  /// stream.
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
    // The description repeats all but the details.
    let message = code == .cannotStart ? error.description : error.message ?? error.description
    self.init(code, pid: error.pid, termination: error.termination, message: message)
  }
}
