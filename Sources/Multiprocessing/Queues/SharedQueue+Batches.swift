internal import SharedArraysMemory

extension SharedQueue {
  /// Puts items into the queue in order, waiting while it is full. Items of other producers may
  /// come between them.
  ///
  /// - Parameter timeout: The longest time to wait each time the queue is full; 0 or less tries
  ///   once, nil waits forever.
  /// - Returns: The number of items put. It is less than all if the timeout expired, or if an error
  ///   occurred after the first items, for example because the queue was closed. The next call
  ///   throws that error.
  /// - Throws: The errors of ``put(_:timeout:)``, except `timedOut`, if no item was put.
  @inlinable
  @discardableResult
  public func put(contentsOf items: Span<Element>, timeout: Duration? = nil) throws(QueueError) -> Int {
    guard Element.isBitwiseTransferable else { return try putOneByOne(items, timeout) }
    var done = 0
    while done < items.count {
      let position: UInt64
      let count: Int
      do throws(QueueError) {
        (position, count) = try core.beginWriting(Swift.min(items.count - done, Self.longestRun), timeout)
      } catch {
        if error.code == .timedOut || done > 0 { return done }
        throw error
      }
      // SAFETY: Only this call uses the cells, and at least `count` items are left.
      unsafe items.withUnsafeBufferPointer { buffer in
        unsafe core.copy(
          UnsafeRawPointer(buffer.baseAddress! + done), byteCount: MemoryLayout<Element>.size,
          stride: MemoryLayout<Element>.stride, to: position, count)
      }
      core.endWriting(position, count)
      done += count
    }
    return done
  }

  /// Puts the items of an array into the queue, as for a span.
  @inlinable
  @discardableResult
  public func put(contentsOf items: [Element], timeout: Duration? = nil) throws(QueueError) -> Int {
    try put(contentsOf: items.span, timeout: timeout)
  }

  /// Takes the consecutive items that are available, at least one and at most the free capacity of
  /// a list, and appends them to the list. Waits while the queue is empty.
  ///
  /// - Throws: The errors of ``get(timeout:)``.
  @inlinable
  public func get(into items: inout OutputSpan<Element>, timeout: Duration? = nil) throws(QueueError) {
    guard items.freeCapacity > 0 else { return }
    guard Element.isBitwiseTransferable else {
      items.append(try get(timeout: timeout))
      while items.freeCapacity > 0, let item = try tryGet() { items.append(item) }
      return
    }
    let (position, count) = try core.beginReading(Swift.min(items.freeCapacity, Self.longestRun), timeout)
    // SAFETY: Only this call uses the cells, the list has room for `count` items, and any bytes are
    // valid items.
    unsafe items.withUnsafeMutableBufferPointer { buffer, initialized in
      unsafe core.copy(
        from: position, count, to: UnsafeMutableRawPointer(buffer.baseAddress! + initialized),
        byteCount: MemoryLayout<Element>.size, stride: MemoryLayout<Element>.stride)
      initialized += count
    }
    core.endReading(position, count)
  }

  /// Takes the consecutive items that are available, at least one and at most `most`. Waits while
  /// the queue is empty.
  ///
  /// - Throws: The errors of ``get(timeout:)``.
  @inlinable
  public func get(upTo most: Int, timeout: Duration? = nil) throws(QueueError) -> [Element] {
    guard most > 0 else { return [] }
    return try [Element](capacity: Swift.min(most, capacity)) { (list) throws(QueueError) in
      try get(into: &list, timeout: timeout)
    }
  }

  @usableFromInline
  func putOneByOne(_ items: Span<Element>, _ timeout: Duration?) throws(QueueError) -> Int {
    for index in items.indices {
      do throws(QueueError) { try put(items[index], timeout: timeout) } catch {
        if error.code == .timedOut || index > 0 { return index }
        throw error
      }
    }
    return items.count
  }

  /// The maximum number of cells claimed at a time. Other processes wait for all of them.
  @inlinable static var longestRun: Int { 256 }
}
