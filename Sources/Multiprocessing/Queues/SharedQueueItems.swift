public import SharedArraysTransfer

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
