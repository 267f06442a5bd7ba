public import SharedArraysMemory

/// Why a lock, or another object that processes wait at, did not do what it was asked.
public struct LockError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// It could not be had in the time that was given.
    public static let timedOut = Code(text: "the time was up")
    /// A process died while it had the lock: what the lock guards may be half changed.
    public static let ownerDied = Code(text: "its owner died, and what it guards may be half changed")
    /// A process died while it had the lock, and nobody has repaired what it guards.
    public static let unrecoverable = Code(text: "its owner died, and nobody has repaired what it guards")
    /// The caller does not have what it gives back.
    public static let notOwner = Code(text: "the caller does not have it")
    /// The caller has the lock already, and it is no recursive one.
    public static let alreadyLocked = Code(text: "the caller has it already")
    /// More permits would be given back than there may be.
    public static let overRelease = Code(text: "there would be more permits than there may be")
    /// The barrier is broken: a party died, gave up, or the barrier was aborted or reset.
    public static let broken = Code(text: "the barrier is broken")
    /// As many processes use the object as it has room for, or the system refused; see `underlying`.
    public static let unavailable = Code(text: "it cannot be used")
    /// Its memory has been written over.
    public static let corrupt = Code(text: "its memory has been damaged")
  }

  /// What went wrong.
  public let code: Code
  /// What was asked.
  public let object: String
  /// Particulars, as a phrase.
  public let detail: String?
  /// The failure of shared memory behind it, if there was one.
  public let underlying: SharedMemoryError?

  init(_ code: Code, _ object: String, _ detail: String? = nil, underlying: SharedMemoryError? = nil) {
    self.code = code
    self.object = object
    self.detail = detail
    self.underlying = underlying
  }

  /// A sentence.
  public var description: String {
    var text = "\(object): \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying)" }
    return text
  }
}
