public import SharedArraysMemory

/// The reason why an item could not be put into a queue or taken out of it.
public struct QueueError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of error. More codes may be added.
  public struct Code: Hashable, Sendable {
    let text: String

    /// The queue was full, or the call waited for something else, until the timeout expired.
    public static let timedOut = Code(text: "the timeout expired")
    /// The queue is closed. No item can be put, or all items have been taken and no more will come.
    public static let closed = Code(text: "the queue is closed")
    /// The item is larger than the largest item of the queue.
    public static let tooLarge = Code(text: "the item is larger than the queue allows")
    /// The item could not be encoded or decoded.
    public static let notTransferable = Code(text: "the item could not be encoded or decoded")
    /// A process that had taken items died before it marked them as done.
    public static let consumerDied = Code(text: "a process died before it had marked its items as done")
    /// Another process has overwritten the queue's memory.
    public static let corrupt = Code(text: "its memory has been damaged")
    /// More items were marked as done than were taken.
    public static let tooManyDone = Code(text: "more items were marked as done than this process has taken")
    /// The item belongs to another process: this one was forked while its parent wrote or read it.
    public static let foreignProcess = Code(text: "the item belongs to the parent process")
    /// The queue's memory could not be allocated or attached, or the system refused.
    public static let sharedMemory = Code(text: "its memory could not be allocated or attached")
  }

  /// The kind of error.
  public let code: Code
  /// Sizes or other details, as a phrase.
  public let detail: String?
  /// The shared-memory error that caused this one, if any.
  public let underlying: SharedMemoryError?

  init(_ code: Code, _ detail: String? = nil, underlying: SharedMemoryError? = nil) {
    self.code = code
    self.detail = detail
    self.underlying = underlying
  }

  init(_ error: SharedMemoryError) { self.init(.sharedMemory, underlying: error) }

  /// A message that includes the sizes involved.
  public var description: String {
    var text = "Queue: \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying)" }
    return text
  }
}
