public import SharedArraysTransfer

/// Taking items out until the queue is closed and empty.
extension SharedQueue: Sequence {
  /// Takes items out, waiting for each; ends when the queue is closed and empty.
  ///
  /// An item that cannot be decoded, or a queue whose memory another process has written over, ends the program with a sentence;
  /// ``SharedQueue/get(timeout:)`` throws there.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let queue: SharedQueue

    @usableFromInline
    init(_ queue: SharedQueue) { self.queue = queue }

    @inlinable
    public func next() -> Element? {
      do throws(QueueError) { return try queue.get() } catch {
        if error.code == .closed { return nil }
        fatalError(error.description)
      }
    }
  }

  @inlinable
  public func makeIterator() -> Iterator { Iterator(self) }

  /// Nothing: how many items will come is not known.
  @inlinable public var underestimatedCount: Int { 0 }

  /// The items as they come, for tasks; see ``SharedQueueItems``.
  public var items: SharedQueueItems<Element> { SharedQueueItems(queue: self) }
}

/// The items of a queue as an asynchronous sequence: it ends when the queue is closed and empty.
///
/// While the queue is empty, a thread of its own waits, and no task is blocked. When the task is cancelled, the sequence ends
/// within a tenth of a second, and no item is lost.
public struct SharedQueueItems<Element: Transferable>: AsyncSequence, Sendable {
  let queue: SharedQueue<Element>

  public struct AsyncIterator: AsyncIteratorProtocol {
    let queue: SharedQueue<Element>

    /// The next item; nil at the end, or when the task is cancelled.
    ///
    /// - Throws: ``QueueError`` as `SharedQueue.get(timeout:)` does, but `closed` and `timedOut`.
    public func next() async throws -> Element? {
      while !Task.isCancelled {
        if let item = try queue.tryGet() { return item }
        let hasEnded: Bool = try await withCheckedThrowingContinuation { continuation in
          let queue = queue
          WaitingThread.run {
            continuation.resume(with: Result { try queue.core.waitToRead(.milliseconds(100)) })
          }
        }
        if hasEnded { return nil }
      }
      return nil
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }
}
