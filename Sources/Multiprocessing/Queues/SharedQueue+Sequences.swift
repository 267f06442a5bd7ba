public import SharedArraysTransfer

/// Iteration over the items until the queue is closed and empty.
extension SharedQueue: Sequence {
  /// An iterator that takes items, waiting for each. It ends when the queue is closed and empty.
  ///
  /// It ends the program with a message if an item cannot be decoded, or if another process has
  /// overwritten the queue's memory. ``SharedQueue/get(timeout:)`` throws in these cases.
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

  /// 0, because the number of items is not known in advance.
  @inlinable public var underestimatedCount: Int { 0 }

  /// The items as an asynchronous sequence; see ``SharedQueueItems``.
  public var items: SharedQueueItems<Element> { SharedQueueItems(queue: self) }
}

/// The items of a queue as an asynchronous sequence, which ends when the queue is closed and empty.
///
/// While the queue is empty, a separate thread waits, and no task is blocked. When the task is
/// cancelled, the sequence ends within a tenth of a second, and no item is lost.
public struct SharedQueueItems<Element: Transferable>: AsyncSequence, Sendable {
  let queue: SharedQueue<Element>

  public struct AsyncIterator: AsyncIteratorProtocol {
    let queue: SharedQueue<Element>

    /// Returns the next item; nil at the end, or when the task is cancelled.
    ///
    /// - Throws: ``QueueError`` as `SharedQueue.get(timeout:)` does, except `closed` and
    ///   `timedOut`.
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
