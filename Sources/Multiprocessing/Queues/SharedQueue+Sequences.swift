internal import SharedArraysTransfer

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
