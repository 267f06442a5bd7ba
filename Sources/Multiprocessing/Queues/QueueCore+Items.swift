internal import Synchronization

/// What the generic code of ``SharedQueue`` calls, from whatever module it is specialised in.
extension QueueCore {
  /// Claims a cell to write; ``endWriting(_:_:)`` follows.
  ///
  /// - Throws: `timedOut`, `closed`, `corrupt`, `memory`.
  @usableFromInline
  func beginWriting(_ timeout: Duration?) throws(QueueError) -> (UInt64, UnsafeMutableRawPointer) {
    if let position = claimTail() { return unsafe (position, cell(position)) }
    return try unsafe beginWritingInTime(timeout)
  }

  @inline(never)
  private func beginWritingInTime(
    _ timeout: Duration?
  ) throws(QueueError) -> (UInt64, UnsafeMutableRawPointer) {
    guard let claim = try claimToWrite(1, timeout: timeout) else { throw QueueError(.timedOut) }
    return unsafe (claim.position, cell(claim.position))
  }

  /// Claims cells to write, as many as are empty in a row; ``endWriting(_:_:)`` follows.
  @usableFromInline
  func beginWriting(_ most: Int, _ timeout: Duration?) throws(QueueError) -> (UInt64, Int) {
    guard let claim = try claimToWrite(most, timeout: timeout) else { throw QueueError(.timedOut) }
    return claim
  }

  @usableFromInline
  func endWriting(_ position: UInt64, _ count: Int = 1) {
    publish(position)
    if count > 1 {
      var next = position
      for _ in 1..<count {
        next = QueueWord.next(next, capacity: capacity)
        publish(next)
      }
    }
    finishWriting(position, count: count)
  }

  /// Gives back a claimed cell in which there is no item.
  func abandonWriting(_ position: UInt64) {
    publish(position, isVoid: true)
    finishWriting(position, count: 1)
    // A producer may be waiting for this cell.
    wakeAll()
  }

  /// Claims a cell to read; ``endReading(_:_:)`` follows.
  @usableFromInline
  func beginReading(_ timeout: Duration?) throws(QueueError) -> (UInt64, UnsafeMutableRawPointer) {
    if let position = claimHead() { return unsafe (position, cell(position)) }
    return try unsafe beginReadingInTime(timeout)
  }

  @inline(never)
  private func beginReadingInTime(
    _ timeout: Duration?
  ) throws(QueueError) -> (UInt64, UnsafeMutableRawPointer) {
    guard let claim = try claimToRead(1, timeout: timeout) else { throw QueueError(.timedOut) }
    return unsafe (claim.position, cell(claim.position))
  }

  /// Claims cells to read, as many as are full in a row; ``endReading(_:_:)`` follows.
  @usableFromInline
  func beginReading(_ most: Int, _ timeout: Duration?) throws(QueueError) -> (UInt64, Int) {
    guard let claim = try claimToRead(most, timeout: timeout) else { throw QueueError(.timedOut) }
    return claim
  }

  @usableFromInline
  func endReading(_ position: UInt64, _ count: Int = 1) {
    release(position)
    if count > 1 {
      var next = position
      for _ in 1..<count {
        next = QueueWord.next(next, capacity: capacity)
        release(next)
      }
    }
    finishReading(position, count: count)
  }

  /// Copies items, which lie `stride` bytes apart, into claimed cells.
  @usableFromInline
  @unsafe func copy(
    _ items: UnsafeRawPointer, byteCount: Int, stride step: Int, to position: UInt64, _ count: Int
  ) {
    unsafe forEachRun(position, count) { cells, first, run in
      if step == stride, byteCount == step {
        unsafe cells.copyMemory(from: items + first * step, byteCount: run * step)
      } else {
        for i in 0..<run {
          unsafe (cells + i * stride).copyMemory(from: items + (first + i) * step, byteCount: byteCount)
        }
      }
    }
  }

  /// Copies items out of claimed cells, to lie `stride` bytes apart.
  @usableFromInline
  @unsafe func copy(
    from position: UInt64, _ count: Int, to items: UnsafeMutableRawPointer, byteCount: Int, stride step: Int
  ) {
    unsafe forEachRun(position, count) { cells, first, run in
      if step == stride, byteCount == step {
        unsafe (items + first * step).copyMemory(from: cells, byteCount: run * step)
      } else {
        for i in 0..<run {
          unsafe (items + (first + i) * step).copyMemory(from: cells + i * stride, byteCount: byteCount)
        }
      }
    }
  }

  /// Claimed cells that lie behind one another: all of them, or those up to the last cell and the rest.
  private func forEachRun(
    _ position: UInt64, _ count: Int, _ body: (UnsafeMutableRawPointer, _ first: Int, _ count: Int) -> Void
  ) {
    let index = QueueWord.index(position)
    let run = min(count, capacity - index)
    unsafe body(cells + index * stride, 0, run)
    if count > run { unsafe body(cells, run, count - run) }
  }
}
