internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: The index of a cell is checked to be less than `capacity` before its word is accessed: by
// `lookToRead()`, or by the claim that returned the position. The words are aligned, and `memory`
// keeps them mapped.

extension QueueCore {
  /// The numbers of checks before a wait sleeps. A sleep costs ten microseconds on both sides
  /// together. The first checks are separated by short pauses, for a change that another core is
  /// making at this moment. The later ones yield the core to other processes, which might include
  /// the awaited one.
  private static let spins = 100
  private static let yields = 100

  /// Claims up to `most` cells to write, waiting until one is empty.
  ///
  /// - Returns: nil if no cell was empty in time.
  /// - Throws: `closed`, `corrupt`, `sharedMemory`.
  func claimToWrite(
    _ most: Int, timeout: Duration?
  ) throws(QueueError) -> (position: UInt64, count: Int)? {
    let slot = try slot()
    var wait = Wait(place: QueueLayout.producersAsleep, timeout: timeout)
    while true {
      if isClosed { throw QueueError(.closed) }
      switch try claimToWrite(most, slot: slot) {
      case .claimed(let position, let count): return (position, count)
      case .closed: throw QueueError(.closed)
      case .blocked(let position, let word):
        if !pause(&wait, for: position, word, slot) { return nil }
      }
    }
  }

  /// Claims up to `most` cells to read, waiting until one is full.
  ///
  /// - Returns: nil if no cell was full in time.
  /// - Throws: `closed` when the queue is closed and empty, `corrupt`, `sharedMemory`.
  func claimToRead(
    _ most: Int, timeout: Duration?
  ) throws(QueueError) -> (position: UInt64, count: Int)? {
    let slot = try slot()
    var wait = Wait(place: QueueLayout.consumersAsleep, timeout: timeout)
    while true {
      switch try claimToRead(most, slot: slot) {
      case .claimed(let position, let count):
        if layout.tracksItems { addToRecord(QueueLayout.takenInRecord, count, Int(slot)) }
        return (position, count)
      case .closed: throw QueueError(.closed)
      case .blocked(let position, let word):
        let isEmpty = word == position & QueueWord.lapMask
        if isEmpty, isClosed {
          sealIfEmpty(position, word)
          continue
        }
        wait.minds = isEmpty
        if !pause(&wait, for: position, word, slot) { return nil }
      }
    }
  }

  /// Waits until an item might be available, or the timeout expires.
  ///
  /// - Returns: Whether the queue is closed and empty.
  func waitToRead(_ timeout: Duration) throws(QueueError) -> Bool {
    let slot = try slot()
    var wait = Wait(place: QueueLayout.consumersAsleep, timeout: timeout)
    while true {
      switch lookToRead() {
      case .ready: return false
      case .closed: return true
      case .blocked(let position, let word):
        wait.minds = word == position & QueueWord.lapMask
        if wait.minds, isClosed { sealIfEmpty(position, word) }
        if !pause(&wait, for: position, word, slot) { return false }
      }
    }
  }

  /// The state that the next consumer would find.
  enum Look {
    case ready
    case closed
    case blocked(position: UInt64, word: UInt64)
  }

  func lookToRead() -> Look {
    let position = unsafe self.word(at: QueueLayout.head).pointee.load(ordering: .acquiring)
    let index = QueueWord.index(position)
    // The call that takes the item reports the error.
    guard index < layout.capacity else { return .ready }
    let word = unsafe cellWord(index).pointee.load(ordering: .acquiring)
    let ahead = QueueWord.lapsAhead(word, of: position)
    if ahead == 0, QueueWord.state(word) == QueueWord.end { return .closed }
    let state = QueueWord.state(word)
    let isBlocked =
      word == position & QueueWord.lapMask || ahead == 0 && state == QueueWord.writing
      || ahead == -1 && state == QueueWord.reading
    return isBlocked ? .blocked(position: position, word: word) : .ready
  }

  /// The progress of a wait.
  struct Wait {
    /// The offset of the word that says whether a process is asleep.
    let place: Int
    let timeout: Duration?
    /// Whether the wait ends when the queue is closed. The queue was open when the cell was read.
    /// This is false for a consumer that waits for an item which is being written.
    var minds = true
    var spun = 0
    /// The deadline, set after the first check that failed. Reading the clock costs as much as an
    /// item.
    var deadline: Deadline?

    init(place: Int, timeout: Duration?) {
      self.place = place
      self.timeout = timeout
    }
  }

  /// Waits a moment for the blocking cell to change. It spins at first, and then sleeps.
  ///
  /// - Returns: False if the timeout expired.
  @inline(never)
  private func pause(_ wait: inout Wait, for position: UInt64, _ word: UInt64, _ slot: UInt64) -> Bool {
    let deadline = wait.deadline ?? Deadline(after: wait.timeout)
    if wait.deadline == nil, deadline.hasPassed { return clearIfDead(position, word, slot) }
    wait.deadline = deadline
    if wait.spun < Self.spins + Self.yields {
      wait.spun += 1
      if wait.spun <= Self.spins { spinPause() } else { yieldCore() }
      return true
    }
    if clearIfDead(position, word, slot) { return true }
    if deadline.hasPassed { return false }
    let index = QueueWord.index(position)
    let minds = wait.minds
    sleep(at: wait.place, until: deadline) {
      unsafe self.cellWord(index).pointee.load(ordering: .acquiring) == word && !(minds && self.isClosed)
    }
    return true
  }

  // MARK: The end

  /// Closes the queue to new items. Its remaining items can still be taken.
  func close() {
    unsafe word(at: QueueLayout.isClosed).pointee.store(1, ordering: .sequentiallyConsistent)
    wakeAll()
  }

  /// Marks the end of a queue that is closed and empty. A producer that has not seen that the queue
  /// is closed either has claimed this cell before, or finds the end mark here.
  func sealIfEmpty(_ position: UInt64, _ word: UInt64) {
    let sealed = unsafe cellWord(QueueWord.index(position)).pointee.compareExchange(
      expected: word, desired: word | QueueWord.end, ordering: .acquiringAndReleasing
    ).exchanged
    if sealed { wakeAll() }
  }
}
