public import SharedArraysMemory

/// An error of a lock, or of another object on which processes wait.
public struct LockError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The cause of an error. Future versions might add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The timeout passed before the object was acquired.
    public static let timedOut = Code(text: "the timeout expired")
    /// A process died while it held the lock. The data that the lock guards might be half changed.
    public static let ownerDied = Code(text: "its owner died, and the guarded data might be half changed")
    /// A process died while it held the lock, and no process has repaired the data that it guards.
    public static let unrecoverable = Code(text: "its owner died, and the guarded data has not been repaired")
    /// The caller does not hold what it gives back.
    public static let notOwner = Code(text: "the caller does not hold it")
    /// The caller already holds the lock, and the lock is not recursive.
    public static let alreadyLocked = Code(text: "the caller already holds it")
    /// The release would exceed the maximum number of permits.
    public static let overRelease = Code(text: "the release would exceed the maximum number of permits")
    /// The barrier is broken: a party died or gave up, or the barrier was aborted or reset.
    public static let broken = Code(text: "the barrier is broken")
    /// The object is in use by the maximum number of processes, or a system call failed; see
    /// `underlying`.
    public static let unavailable = Code(text: "it cannot be used")
    /// The object's memory has been overwritten.
    public static let corrupt = Code(text: "its memory has been damaged")
  }

  /// The cause of the error.
  public let code: Code
  /// The object that failed.
  public let object: String
  /// Details, as a phrase.
  public let detail: String?
  /// The error of shared memory that caused this one, if any.
  public let underlying: SharedMemoryError?

  init(_ code: Code, _ object: String, _ detail: String? = nil, underlying: SharedMemoryError? = nil) {
    self.code = code
    self.object = object
    self.detail = detail
    self.underlying = underlying
  }

  /// A sentence that describes the error.
  public var description: String {
    var text = "\(object): \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying)" }
    return text
  }
}
