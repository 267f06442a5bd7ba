internal import SharedArraysMemory

extension SharedQueue {
  /// Puts items in, in order, waiting while the queue is full. Other producers' items may come between them.
  ///
  /// - Parameter timeout: how long to wait for each room; 0 or less tries, nil waits for ever.
  /// - Returns: how many went in: all, unless the time was up, or something else came in between, such as that the queue was
  ///   closed, which the next call tells.
  /// - Throws: as ``put(_:timeout:)``, but `timedOut`, if none went in.
  @inlinable
  @discardableResult
  public func put(contentsOf items: Span<Element>, timeout: Duration? = nil) throws(QueueError) -> Int {
    guard Element.crossesAsItsBytes else { return try putOneByOne(items, timeout) }
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
      // SAFETY: the cells are this call's, and as many items follow.
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

  /// Puts the items of an array in; as for a span.
  @inlinable
  @discardableResult
  public func put(contentsOf items: [Element], timeout: Duration? = nil) throws(QueueError) -> Int {
    try put(contentsOf: items.span, timeout: timeout)
  }

  /// Takes items out to the end of a list that has room for them: as many as there are in a row, at least one, at most as it
  /// has room for. Waits while the queue is empty.
  ///
  /// - Throws: as ``get(timeout:)``.
  @inlinable
  public func get(into items: inout OutputSpan<Element>, timeout: Duration? = nil) throws(QueueError) {
    guard items.freeCapacity > 0 else { return }
    guard Element.crossesAsItsBytes else {
      items.append(try get(timeout: timeout))
      while items.freeCapacity > 0, let item = try tryGet() { items.append(item) }
      return
    }
    let (position, count) = try core.beginReading(Swift.min(items.freeCapacity, Self.longestRun), timeout)
    // SAFETY: the cells are this call's, there is room for as many items, and any bytes may be read as items.
    unsafe items.withUnsafeMutableBufferPointer { buffer, initialized in
      unsafe core.copy(
        from: position, count, to: UnsafeMutableRawPointer(buffer.baseAddress! + initialized),
        byteCount: MemoryLayout<Element>.size, stride: MemoryLayout<Element>.stride)
      initialized += count
    }
    core.endReading(position, count)
  }

  /// Takes items out, as many as there are in a row, at least one and at most `most`. Waits while the queue is empty.
  ///
  /// - Throws: as ``get(timeout:)``.
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

  /// The most cells that are claimed at once: the others wait for all of them.
  @inlinable static var longestRun: Int { 256 }
}
