/// Knowing when all items are done, of a queue that was made with `tracksItems`.
extension SharedQueue {
  /// Says that this process is done with items that it took out.
  ///
  /// - Throws: ``QueueError`` with code `tooManyDone` if it has not taken as many.
  /// - Precondition: the queue was made with `tracksItems: true`.
  public func markDone(_ count: Int = 1) throws(QueueError) {
    requireTracking()
    try core.markDone(count)
  }

  /// Waits until every item that was put in is done, or lost with a process.
  ///
  /// - Parameter timeout: how long to wait; 0 or less looks once, nil waits for ever.
  /// - Returns: false if the time was up.
  /// - Throws: ``QueueError`` with code `consumerDied` if a process ended that had taken items and had not said that they were
  ///   done. That is told once; from then on they count as done.
  /// - Precondition: the queue was made with `tracksItems: true`.
  @discardableResult
  public func join(timeout: Duration? = nil) throws(QueueError) -> Bool {
    requireTracking()
    return try core.join(timeout: timeout)
  }

  /// How many items are neither done nor lost.
  ///
  /// - Precondition: the queue was made with `tracksItems: true`.
  public var unfinishedCount: Int {
    requireTracking()
    return core.unfinishedCount
  }

  private func requireTracking() {
    if !core.layout.tracksItems {
      fatalError("Only a queue made with tracksItems: true knows which items are done.")
    }
  }
}
