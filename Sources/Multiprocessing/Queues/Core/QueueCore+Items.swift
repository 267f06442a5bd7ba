internal import Synchronization

// SAFETY: A position comes from a claim, which has checked that its index is less than `capacity`,
// and a count is that of the claimed cells. `forEachRun` stays within the cells, which `memory`
// keeps mapped. The caller of a copy has `count` items, or room for them, at the given address.

/// The functions that the generic code of ``SharedQueue`` calls, from any module in which it is
/// specialised.
extension QueueCore {
  /// Claims a cell to write. The caller then calls ``endWriting(_:_:)``.
  ///
  /// - Throws: `timedOut`, `closed`, `corrupt`, `sharedMemory`.
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

  /// Claims up to `most` consecutive empty cells to write. The caller then calls
  /// ``endWriting(_:_:)``.
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

  /// Gives back a claimed cell that holds no item.
  func abandonWriting(_ position: UInt64) {
    publish(position, isVoid: true)
    finishWriting(position, count: 1)
    // A producer might be waiting for this cell.
    wakeAll()
  }

  /// Claims a cell to read. The caller then calls ``endReading(_:_:)``.
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

  /// Claims up to `most` consecutive full cells to read. The caller then calls
  /// ``endReading(_:_:)``.
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

  /// Copies items that are `stride` bytes apart into claimed cells.
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

  /// Copies items out of claimed cells to places that are `stride` bytes apart.
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

  /// Calls a closure for each contiguous run of claimed cells: one run, or two if the cells wrap
  /// around.
  private func forEachRun(
    _ position: UInt64, _ count: Int, _ body: (UnsafeMutableRawPointer, _ first: Int, _ count: Int) -> Void
  ) {
    let index = QueueWord.index(position)
    let run = min(count, capacity - index)
    unsafe body(cells + index * stride, 0, run)
    if count > run { unsafe body(cells, run, count - run) }
  }
}
