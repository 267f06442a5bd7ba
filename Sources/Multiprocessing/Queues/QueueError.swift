public import SharedArraysMemory

/// Why an item could not be put into a queue or taken out of it.
public struct QueueError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong; more codes may come.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The queue is full, or a call waited for something else, until the time was up.
    public static let timedOut = Code(text: "the time was up")
    /// No item can be put in any more; or none will come any more, and all have been taken.
    public static let closed = Code(text: "the queue is closed")
    /// The item is larger than the queue was made for.
    public static let tooLarge = Code(text: "the item is larger than the queue's items may be")
    /// The item could not be encoded or decoded.
    public static let notTransferable = Code(text: "the item could not be encoded or decoded")
    /// A process that had taken items died before it said that they were done.
    public static let consumerDied = Code(text: "a process that had taken items died before they were done")
    /// The words of the queue are no queue's any more: another process has written over them.
    public static let corrupt = Code(text: "its memory has been damaged")
    /// More items were said to be done than were taken.
    public static let tooManyDone = Code(text: "more items were done than this process has taken")
    /// The item is another process's: this one was forked while its parent wrote or read it.
    public static let notOwner = Code(text: "the item is the parent's")
    /// The queue's memory could not be had, or the system refused.
    public static let memory = Code(text: "its memory could not be had")
  }

  /// What went wrong.
  public let code: Code
  /// Sizes or other particulars, as a phrase.
  public let detail: String?
  /// The failure of shared memory behind it, if there was one.
  public let underlying: SharedMemoryError?

  init(_ code: Code, _ detail: String? = nil, underlying: SharedMemoryError? = nil) {
    self.code = code
    self.detail = detail
    self.underlying = underlying
  }

  init(_ error: SharedMemoryError) { self.init(.memory, underlying: error) }

  /// A sentence with the sizes involved.
  public var description: String {
    var text = "Queue: \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying)" }
    return text
  }
}

/// An item that was lost with a process.
public struct LostItem: Hashable, Sendable {
  /// Whether the process was putting the item in or taking it out.
  public enum Role: Int, Hashable, Sendable {
    /// It was putting the item in.
    case producer = 1
    /// It was taking the item out.
    case consumer = 2
  }

  /// The number of the item: how many were put in before it.
  public let number: Int
  /// The process that held it and died.
  public let pid: Int
  /// What it was doing with it.
  public let role: Role
}
