public import SharedArraysSystem

/// A worker process that did not do its work, and why.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The function or closure threw an error.
    public static let threw = Code(text: "threw an error")
    /// The process ended without a result: by a signal, a trap, or an exit of its own.
    public static let died = Code(text: "died")
    /// The time given for the wait has passed; the process goes on.
    public static let timedOut = Code(text: "did not finish in time")
    /// The forked process waits for a lock that another thread of its parent held at the fork; it has been killed.
    public static let forkStalled = Code(text: "came to a standstill after the fork")
    /// The process could not be started.
    public static let cannotStart = Code(text: "could not be started")
    /// An input or a result could not be encoded or decoded.
    public static let notTransferable = Code(text: "could not exchange a value")
    /// The function's type cannot be found by its name.
    public static let notResolvable = Code(text: "has a function without a usable name")
    /// The start method cannot run this: a closure can only be forked, and named functions need this package to be part of
    /// the program.
    public static let unsupportedMethod = Code(text: "cannot be started in this way")
    /// A daemon may not start processes, and workers may not start workers to any depth.
    public static let notAllowed = Code(text: "may not be started here")
    /// The default start method has been set, or used, before.
    public static let defaultIsSet = Code(text: "cannot change the default start method")
    /// The object belongs to another process: the one that started the worker.
    public static let foreign = Code(text: "belongs to another process")
  }

  /// What went wrong.
  public let code: Code
  /// The name of the worker.
  public let name: String?
  /// Its process; nil if there was none.
  public let pid: Int?
  /// How its process ended, if it died.
  public let termination: ProcessTermination?
  /// The type of the error that the function threw.
  public let errorType: String?
  /// What the thrown error says of itself, cut to some thousand bytes; or particulars.
  public let message: String?
  /// The system call behind it, if one failed.
  public let underlying: SystemError?

  init(
    _ code: Code, name: String? = nil, pid: Int? = nil, termination: ProcessTermination? = nil,
    errorType: String? = nil, message: String? = nil, underlying: SystemError? = nil
  ) {
    self.code = code
    self.name = name
    self.pid = pid
    self.termination = termination
    self.errorType = errorType
    self.message = message
    self.underlying = underlying
  }

  /// Whether the kernel may have killed the process for want of memory: it died by a SIGKILL that this package did not
  /// send.
  public var mayBeOutOfMemory: Bool { code == .died && termination == .signaled(9) }

  /// A sentence that names the worker, its process and the cause.
  public var description: String {
    var text = "Worker"
    if let name { text += " \(name.debugDescription)" }
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel for want of memory" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if let underlying { text += " \(underlying)" }
    return text
  }
}
