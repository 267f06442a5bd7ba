/// Waiting until all items are done, in queues created with `tracksItems`.
extension SharedQueue {
  /// Marks items that this process has taken as done.
  ///
  /// - Throws: ``QueueError`` with code `tooManyDone` if fewer of its items are not yet marked.
  /// - Precondition: The queue was created with `tracksItems: true`.
  public func markDone(_ count: Int = 1) throws(QueueError) {
    requireTracking()
    try core.markDone(count)
  }

  /// Waits until every item that was put is done, or was lost when a process died.
  ///
  /// - Parameter timeout: The longest time to wait; 0 or less checks once, nil waits forever.
  /// - Returns: False if the timeout expired.
  /// - Throws: ``QueueError`` with code `consumerDied` if a process ended that had taken items and
  ///   not marked them as done. The error is thrown once, and from then on those items count as
  ///   done.
  /// - Precondition: The queue was created with `tracksItems: true`.
  @discardableResult
  public func join(timeout: Duration? = nil) throws(QueueError) -> Bool {
    requireTracking()
    return try core.join(timeout: timeout)
  }

  /// The number of items that are neither done nor lost.
  ///
  /// - Precondition: The queue was created with `tracksItems: true`.
  public var unfinishedCount: Int {
    requireTracking()
    return core.unfinishedCount
  }

  private func requireTracking() {
    if !core.layout.tracksItems {
      fatalError(
        "markDone(_:), join(timeout:) and unfinishedCount need a queue created with tracksItems: true.")
    }
  }
}
