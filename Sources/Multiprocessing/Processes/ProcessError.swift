public import SharedArraysSystem

/// The failure of a worker process, and its cause.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a failure. Later versions may add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The function or closure threw an error.
    public static let threw = Code(text: "threw an error")
    /// The process ended without a result: by a signal, a trap, or its own exit.
    public static let died = Code(text: "died")
    /// The time limit of the wait has passed. The process goes on.
    public static let timedOut = Code(text: "did not finish in time")
    /// The forked process was deadlocked on a lock that another thread of its parent held at the
    /// fork. It has been killed.
    public static let forkStalled = Code(text: "stalled after the fork")
    /// The process could not be started.
    public static let cannotStart = Code(text: "could not be started")
    /// An input or a result could not be encoded or decoded.
    public static let notTransferable = Code(text: "could not exchange a value")
    /// The function's type cannot be found by its name.
    public static let notResolvable = Code(text: "has a function without a usable name")
    /// The start method cannot run this work. A closure can only be forked, and named functions
    /// require that this package is part of the program.
    public static let unsupportedMethod = Code(text: "cannot be started by this start method")
    /// A daemon may not start processes, and the nesting depth of workers is limited.
    public static let notAllowed = Code(text: "may not be started here")
    /// The default start method has already been set or used.
    public static let defaultIsSet = Code(text: "start method has already been set or used")
    /// The object belongs to another process, the one that started the worker.
    public static let foreignProcess = Code(text: "belongs to another process")
  }

  /// The kind of the failure.
  public let code: Code
  /// The name of the worker.
  public let name: String?
  /// The pid of the worker; nil if no process was started.
  public let pid: Int?
  /// How the process ended, if it died.
  public let termination: ProcessTermination?
  /// The type of the error that the function threw.
  public let errorType: String?
  /// The description of the thrown error, cut to some thousand bytes, or other details.
  public let message: String?
  /// The error of the system call that caused the failure, if one failed.
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

  /// Whether the kernel may have killed the process because memory was exhausted. This is so if the
  /// process died by a SIGKILL that this package did not send.
  public var mayBeOutOfMemory: Bool { code == .died && termination == .signaled(9) }

  /// A sentence that names the worker, its process and the cause.
  public var description: String {
    var text = "Worker"
    if let name { text += " \(name.debugDescription)" }
    if let pid { text += " (process \(pid))" }
    text += " \(code.text)"
    if let termination { text += ": it \(termination)" }
    if mayBeOutOfMemory { text += ", perhaps by the kernel because memory ran out" }
    if let message { text += ": " + (errorType.map { "\($0): " } ?? "") + message }
    if text.last != "." { text += "." }
    if let underlying { text += " \(underlying)" }
    return text
  }
}
