internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

extension QueueCore {
  /// How often a wait looks before it sleeps, which costs ten microseconds on both sides together: first with short pauses, for
  /// what another core is doing at this moment; then giving its own core to others, among whom may be the process it waits for.
  private static let spins = 100
  private static let yields = 100

  /// Claims up to `most` cells to write, waiting for empty ones.
  ///
  /// - Returns: nil if there was none in time.
  /// - Throws: `closed`, `corrupt`, `memory`.
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

  /// Claims up to `most` cells to read, waiting for full ones.
  ///
  /// - Returns: nil if there was none in time.
  /// - Throws: `closed` when the queue is closed and empty, `corrupt`, `memory`.
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

  /// Waits until there may be an item to take, or the time is up.
  ///
  /// - Returns: whether the queue is closed and empty.
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

  /// What the next consumer would find.
  enum Look {
    case ready
    case closed
    case blocked(position: UInt64, word: UInt64)
  }

  func lookToRead() -> Look {
    let position = unsafe self.word(at: QueueLayout.head).pointee.load(ordering: .acquiring)
    let index = QueueWord.index(position)
    // What is wrong here is for the call that takes the item to tell.
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

  /// How far a wait has come.
  struct Wait {
    /// Whose word says that somebody is asleep.
    let place: Int
    let timeout: Duration?
    /// Whether it ends when the queue is closed, which it was not when the cell was looked at: not that of a consumer for an item
    /// that is being written.
    var minds = true
    var spun = 0
    /// Known from the first look that did not help: the clock costs as much as an item.
    var deadline: Deadline?

    init(place: Int, timeout: Duration?) {
      self.place = place
      self.timeout = timeout
    }
  }

  /// Waits a moment for a change of the cell in the way: spinning at first, then asleep.
  ///
  /// - Returns: false if the time is up.
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

  /// Lets no more items in; those that are in can be taken.
  func close() {
    unsafe word(at: QueueLayout.isClosed).pointee.store(1, ordering: .sequentiallyConsistent)
    wakeAll()
  }

  /// Marks the end of a closed queue that is empty: a producer that has not seen that it is closed has either claimed this cell
  /// before, or finds the end here.
  func sealIfEmpty(_ position: UInt64, _ word: UInt64) {
    let sealed = unsafe cellWord(QueueWord.index(position)).pointee.compareExchange(
      expected: word, desired: word | QueueWord.end, ordering: .acquiringAndReleasing
    ).exchanged
    if sealed { wakeAll() }
  }
}
