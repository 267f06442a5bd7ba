internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// A bounded queue of cells in shared memory for many producers and many consumers. It manages
/// which participant holds which cell.
///
/// The positions of the head and the tail are only hints. The word of each cell (``QueueWord``)
/// decides. A producer claims the cell at the tail with one compare-exchange of its word, writes
/// the item, publishes the cell with another store, and then advances the tail. A producer that
/// finds the cell at the tail already claimed advances the tail itself. Consumers do the same at
/// the head.
///
/// Crash safety: the queue has no lock. A process that dies in the middle of a claim leaves a cell
/// in the state `writing` or `reading` with its participant's number. A consumer or producer that
/// is blocked by the cell for some milliseconds checks whether that participant is alive, and
/// clears the cell if it is not: that one item is lost, and noted. A process can also die after it
/// has published a cell and before it has advanced the tail or woken a sleeper. The next process
/// then advances the tail, and sleepers check again by themselves every 50 ms.
@usableFromInline
@safe final class QueueCore: @unchecked Sendable {
  // Why @unchecked: the stored properties are set once; the shared words are atomic.

  let memory: MemoryOwner
  let offset: Int
  let layout: QueueLayout
  let participation: Participation
  /// The channel for the descriptors of items. It is nil if items have none, and in named queues
  /// and queues in a block.
  let channel: DescriptorChannel?
  // SAFETY: `layout.byteCount` bytes begin here, in memory that `memory` keeps mapped.
  let start: UnsafeMutableRawPointer
  let cells: UnsafeMutableRawPointer
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  /// Copies of the layout's values, for calls that must be short.
  let capacity: Int
  let stride: Int

  typealias Word = Atomic<UInt64>

  /// Creates a handle to a queue with a valid layout.
  init(
    _ layout: QueueLayout, in memory: MemoryOwner, at offset: Int, channel: DescriptorChannel? = nil
  ) throws(SharedMemoryError) {
    self.channel = channel
    self.memory = memory
    self.offset = offset
    self.layout = layout
    capacity = layout.capacity
    stride = layout.stride
    unsafe start = memory.data + offset
    unsafe cells = memory.data + offset + layout.cells
    // SAFETY: The words are aligned, as the queue is, and are only used as atomics.
    unsafe words = (memory.data + offset).sharedWord(at: layout.words)
    participation = Participation(
      try Participants(
        of: memory, at: offset + QueueLayout.records, count: layout.participants,
        stride: QueueLayout.recordByteCount))
  }

  func word(at place: Int) -> UnsafeMutablePointer<Word> {
    // SAFETY: A place is an offset of the layout, a multiple of 8 within the queue. The queue's
    // memory began as zeros.
    unsafe start.sharedWord(at: place)
  }

  private var tail: UnsafeMutablePointer<Word> { unsafe word(at: QueueLayout.tail) }
  private var head: UnsafeMutablePointer<Word> { unsafe word(at: QueueLayout.head) }

  func cellWord(_ index: Int) -> UnsafeMutablePointer<Word> { unsafe words + index }

  /// Returns the address of the item at a position.
  func cell(_ position: UInt64) -> UnsafeMutableRawPointer {
    unsafe cells + QueueWord.index(position) &* stride
  }

  /// Returns this process's number among the participants, which it joins at its first use.
  func slot() throws(QueueError) -> UInt64 {
    if let index = participation.currentIndex { return UInt64(index) }
    do throws(SharedMemoryError) {
      return try UInt64(participation.index { clear(record: $0) })
    } catch { throw QueueError(error) }
  }

  // MARK: Claiming

  /// The result of an attempt to claim cells.
  enum Claim {
    /// The caller holds the cells from this position on.
    case claimed(UInt64, count: Int)
    /// No cell is empty (to write) or full (to read). The word is that of the blocking cell.
    case blocked(position: UInt64, word: UInt64)
    case closed
  }

  /// Claims up to `most` consecutive cells to write.
  func claimToWrite(_ most: Int, slot: UInt64) throws(QueueError) -> Claim {
    var position = unsafe tail.pointee.load(ordering: .acquiring)
    while true {
      let index = QueueWord.index(position)
      guard index < capacity else { throw QueueError(.corrupt, "a position has index \(index)") }
      let word = unsafe words[index].load(ordering: .acquiring)
      if word == position & QueueWord.lapMask {
        if unsafe words[index].compareExchange(
          expected: word, desired: word | QueueWord.writing | slot, ordering: .acquiring
        ).exchanged {
          return .claimed(position, count: most == 1 ? 1 : extendToWrite(position, most, slot))
        }
        continue
      }
      let ahead = QueueWord.lapsAhead(word, of: position)
      if ahead == 0, QueueWord.state(word) == QueueWord.end { return .closed }
      if ahead == 0 || ahead == 1 {
        position = unsafe moveOn(tail, from: position, to: QueueWord.next(position, capacity: capacity))
        continue
      }
      let now = unsafe tail.pointee.load(ordering: .acquiring)
      if now != position {
        position = now
        continue
      }
      guard ahead == -1, QueueWord.isInUse(word) else { throw corrupt(word, position) }
      if QueueWord.state(word) == QueueWord.void {
        // A void cell holds nothing to take, so it need not wait for a consumer.
        _ = unsafe words[index].compareExchange(
          expected: word, desired: nextLap(word), ordering: .acquiringAndReleasing)
        continue
      }
      return .blocked(position: position, word: word)
    }
  }

  private func extendToWrite(_ first: UInt64, _ most: Int, _ slot: UInt64) -> Int {
    var (position, count) = (first, 1)
    while count < most {
      position = QueueWord.next(position, capacity: capacity)
      let empty = position & QueueWord.lapMask
      guard
        unsafe words[QueueWord.index(position)].compareExchange(
          expected: empty, desired: empty | QueueWord.writing | slot, ordering: .acquiring
        ).exchanged
      else { break }
      count += 1
    }
    return count
  }

  /// Claims up to `most` consecutive cells to read, skipping void ones. If `most` is 0, it only
  /// checks whether one is full.
  func claimToRead(_ most: Int, slot: UInt64) throws(QueueError) -> Claim {
    var position = unsafe head.pointee.load(ordering: .acquiring)
    while true {
      let index = QueueWord.index(position)
      guard index < capacity else { throw QueueError(.corrupt, "a position has index \(index)") }
      let word = unsafe words[index].load(ordering: .acquiring)
      let ahead = QueueWord.lapsAhead(word, of: position)
      let state = QueueWord.state(word)
      if ahead == 0, state == QueueWord.full {
        if most == 0 { return .claimed(position, count: 0) }
        let desired = word & QueueWord.lapMask | QueueWord.reading | slot
        if unsafe words[index].compareExchange(expected: word, desired: desired, ordering: .acquiring)
          .exchanged
        {
          return .claimed(position, count: most == 1 ? 1 : extendToRead(position, most, slot))
        }
        continue
      }
      if ahead == 0, state == QueueWord.void {
        _ = unsafe words[index].compareExchange(
          expected: word, desired: nextLap(word), ordering: .acquiringAndReleasing)
        continue
      }
      if ahead == 1 || ahead == 0 && state == QueueWord.reading {
        position = unsafe moveOn(head, from: position, to: QueueWord.next(position, capacity: capacity))
        continue
      }
      let now = unsafe head.pointee.load(ordering: .acquiring)
      if now != position {
        position = now
        continue
      }
      if ahead == 0, state == QueueWord.end { return .closed }
      // Not yet written, being written, or still being read since the last lap.
      let isEmpty = word == position & QueueWord.lapMask
      guard
        isEmpty || ahead == 0 && state == QueueWord.writing || ahead == -1 && state == QueueWord.reading
      else { throw corrupt(word, position) }
      return .blocked(position: position, word: word)
    }
  }

  private func extendToRead(_ first: UInt64, _ most: Int, _ slot: UInt64) -> Int {
    var (position, count) = (first, 1)
    while count < most {
      position = QueueWord.next(position, capacity: capacity)
      let full = position & QueueWord.lapMask | QueueWord.full
      let reading = position & QueueWord.lapMask | QueueWord.reading | slot
      guard
        unsafe words[QueueWord.index(position)].compareExchange(
          expected: full, desired: reading, ordering: .acquiring
        ).exchanged
      else { break }
      count += 1
    }
    return count
  }

  /// Returns the error for a word that no process will ever change. A wait for it would never end.
  private func corrupt(_ word: UInt64, _ position: UInt64) -> QueueError {
    QueueError(.corrupt, "the cell at position \(position) holds the word \(word)")
  }

  private func nextLap(_ word: UInt64) -> UInt64 {
    (word & QueueWord.lapMask) &+ (1 << QueueWord.indexBitCount)
  }

  /// Advances a shared position, unless another process has done so.
  ///
  /// - Returns: The position to continue with.
  private func moveOn(
    _ shared: UnsafeMutablePointer<Word>, from position: UInt64, to next: UInt64
  ) -> UInt64 {
    let (exchanged, original) = unsafe shared.pointee.compareExchange(
      expected: position, desired: next, ordering: .acquiringAndReleasing)
    return exchanged ? next : original
  }

  /// Returns the position `count` cells further on.
  func position(_ position: UInt64, plus count: Int) -> UInt64 {
    let index = QueueWord.index(position) + count
    if index < capacity { return position &+ UInt64(count) }
    return (position & QueueWord.lapMask) &+ (1 << QueueWord.indexBitCount) | UInt64(index - capacity)
  }

  // MARK: Publishing

  /// Gives a written cell to the consumers. `isVoid` means that it holds no item after all. The
  /// caller then calls ``finishWriting(_:count:)``.
  func publish(_ position: UInt64, isVoid: Bool = false) {
    let state = isVoid ? QueueWord.void : QueueWord.full
    unsafe words[QueueWord.index(position)].store(
      position & QueueWord.lapMask | state, ordering: .releasing)
  }

  /// Advances the tail past published cells, and wakes one consumer and all watchers.
  func finishWriting(_ first: UInt64, count: Int) {
    unsafe pass(tail, first, count)
    let asleep = unsafe word(at: QueueLayout.consumersAsleep)
    let sleepers = unsafe asleep.pointee.load(ordering: .relaxed)
    if sleepers != 0 { unsafe wakeConsumers(asleep, sleepers) }
  }

  /// Gives a cell that was read to the producers. The caller then calls
  /// ``finishReading(_:count:)``.
  func release(_ position: UInt64) {
    unsafe words[QueueWord.index(position)].store(nextLap(position), ordering: .releasing)
  }

  /// Advances the head past cells that were read, and wakes one producer.
  func finishReading(_ first: UInt64, count: Int) {
    unsafe pass(head, first, count)
    let asleep = unsafe word(at: QueueLayout.producersAsleep)
    if unsafe asleep.pointee.load(ordering: .relaxed) != 0 { unsafe wakeSleepers(asleep, 1) }
  }

  private func pass(_ shared: UnsafeMutablePointer<Word>, _ first: UInt64, _ count: Int) {
    let end = count == 1 ? QueueWord.next(first, capacity: capacity) : position(first, plus: count)
    var known = first
    while true {
      let now = unsafe moveOn(shared, from: known, to: end)
      // Other processes may have moved it up to here or beyond.
      if Int64(bitPattern: now &- end) >= 0 { break }
      known = now
    }
    #if !arch(x86_64)
      // The cell's new state must be visible before the sleepers' word is read. On x86-64 the
      // compare-exchange ensures that.
      atomicMemoryFence(ordering: .sequentiallyConsistent)
    #endif
  }

  // MARK: Sleeping

  /// Wakes one of the consumers that might be asleep, and all watchers.
  @inline(never)
  private func wakeConsumers(_ asleep: UnsafeMutablePointer<Word>, _ sleepers: UInt64) {
    if sleepers & ~Self.watching != 0 { unsafe wakeSleepers(asleep, 1) }
    if sleepers & Self.watching != 0 { wakeWatchers() }
  }

  @inline(never)
  private func wakeSleepers(_ asleep: UnsafeMutablePointer<Word>, _ count: Int) {
    // This precedes the wake-up. A process that falls asleep later sets the word again, and a
    // process that is about to fall asleep finds the word changed.
    _ = unsafe asleep.pointee.bitwiseAnd(Self.watching, ordering: .sequentiallyConsistent)
    // Other processes might still be asleep.
    if unsafe Futex(at: asleep).wake(count) > 0 {
      unsafe asleep.pointee.bitwiseOr(1, ordering: .sequentiallyConsistent)
      // The woken process might be waiting for this very core, and the caller often waits for its
      // answer next.
      yieldCore()
    }
  }

  /// Wakes all sleepers, so that they check the state of the queue.
  func wakeAll() {
    for place in [QueueLayout.consumersAsleep, QueueLayout.producersAsleep, QueueLayout.joinersAsleep] {
      unsafe wakeSleepers(word(at: place), .max)
    }
    wakeWatchers()
  }

  /// Sleeps until something may have changed, for 50 ms at most.
  ///
  /// - Parameters:
  ///   - place: The offset of the word that says whether a process is asleep.
  ///   - isBlocked: A closure that checks once more, after the word has been set.
  func sleep(at place: Int, until deadline: Deadline, isBlocked: () -> Bool) {
    let asleep = unsafe word(at: place)
    unsafe asleep.pointee.bitwiseOr(1, ordering: .sequentiallyConsistent)
    guard isBlocked() else { return }
    // The sleeper checks again after this time, even if a wake-up was lost.
    let next = Deadline.earlier(deadline, Deadline(after: .milliseconds(50)))
    _ = try? unsafe Futex(at: asleep).wait(while: 1, until: next)
  }

  // MARK: Looking

  var isClosed: Bool { unsafe word(at: QueueLayout.isClosed).pointee.load(ordering: .acquiring) != 0 }

  /// The number of items put so far, including those that are being put.
  var putCount: Int { unsafe QueueWord.count(tail.pointee.load(ordering: .acquiring), capacity: capacity) }
  var takenCount: Int { unsafe QueueWord.count(head.pointee.load(ordering: .acquiring), capacity: capacity) }
}
