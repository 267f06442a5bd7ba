internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: The index of a record is this process's own or less than the number of participants, and
// the index of a cell is less than `capacity`. The words are aligned, and `memory` keeps them
// mapped.

/// Tracking of the items that consumers have taken and marked as done.
extension QueueCore {
  private func recordWord(_ place: Int, _ index: Int) -> UnsafeMutablePointer<Word> {
    unsafe word(at: QueueLayout.records + index * QueueLayout.recordByteCount + place)
  }

  func addToRecord(_ place: Int, _ count: Int, _ index: Int) {
    unsafe recordWord(place, index).pointee.wrappingAdd(UInt64(count), ordering: .acquiringAndReleasing)
  }

  /// Marks `count` of the items that this process has taken as done.
  ///
  /// - Throws: `tooManyDone` if `count` is negative, or exceeds the number of taken items that are
  ///   not yet marked.
  func markDone(_ count: Int) throws(QueueError) {
    let index = try Int(slot())
    let word = unsafe recordWord(QueueLayout.doneInRecord, index)
    var done = unsafe word.pointee.load(ordering: .relaxed)
    while true {
      let taken = unsafe recordWord(QueueLayout.takenInRecord, index).pointee.load(ordering: .relaxed)
      guard count >= 0, UInt64(count) <= taken &- done else {
        throw QueueError(.tooManyDone, "\(count) now, \(done) of \(taken) before")
      }
      // Another thread of this process can do the same at the same time.
      let (exchanged, known) = unsafe word.pointee.compareExchange(
        expected: done, desired: done &+ UInt64(count), ordering: .acquiringAndReleasing)
      if exchanged { break }
      done = known
    }
    if unsafe self.word(at: QueueLayout.joinersAsleep).pointee.load(ordering: .sequentiallyConsistent) != 0 {
      wakeAll()
    }
  }

  /// Clears what an ended participant has left: its cells, and items that it never marked as done.
  func clear(record index: Int) {
    clearCells(ofRecord: index)
    let open = openItems(ofRecord: index)
    // If this process dies after this addition and before the last two stores, the repair is
    // repeated, and a join reports too many items.
    if open > 0 {
      unsafe word(at: QueueLayout.abandonedCount).pointee.wrappingAdd(
        UInt64(open), ordering: .acquiringAndReleasing)
    }
    unsafe recordWord(QueueLayout.takenInRecord, index).pointee.store(0, ordering: .relaxed)
    unsafe recordWord(QueueLayout.doneInRecord, index).pointee.store(0, ordering: .relaxed)
  }

  /// The number of items that a participant has taken and not marked as done.
  private func openItems(ofRecord index: Int) -> Int {
    let done = unsafe recordWord(QueueLayout.doneInRecord, index).pointee.load(ordering: .acquiring)
    let taken = unsafe recordWord(QueueLayout.takenInRecord, index).pointee.load(ordering: .acquiring)
    return Int(clamping: taken &- done) > Int(Int32.max) ? 0 : Int(taken &- done)
  }

  /// Waits until every item that was put is done.
  ///
  /// - Returns: False if the timeout expired.
  /// - Throws: `consumerDied` if processes died after they had taken items and before these were
  ///   done. The error is thrown once, and from then on the items count as done.
  func join(timeout: Duration?) throws(QueueError) -> Bool {
    let deadline = Deadline(after: timeout)
    while true {
      try clearAllDead()
      for index in 0..<layout.participants {
        participation.participants.reclaim(index) { self.clear(record: $0) }
      }
      let abandoned = unsafe word(at: QueueLayout.abandonedCount).pointee.exchange(
        0, ordering: .acquiringAndReleasing)
      if abandoned > 0 { throw QueueError(.consumerDied, abandoned == 1 ? "1 item" : "\(abandoned) items") }
      if !hasUnfinished { return true }
      if deadline.hasPassed { return false }
      sleep(at: QueueLayout.joinersAsleep, until: deadline) { self.hasUnfinished }
    }
  }

  /// Whether an item is in the queue, or taken and not done.
  ///
  /// The answer comes from the cells and the records alone, which are right even if a process dies
  /// between two instructions. No sums are kept. A consumer counts an item in its record before it
  /// gives the cell back, so the item is found in one of the two if the cells are read first. A
  /// process that puts another item before it is done with one moves the tail, so the check is
  /// repeated if the tail has moved.
  private var hasUnfinished: Bool {
    while true {
      let before = putCount
      if itemsInCells(alsoBeingRead: true) > 0 || openItems > 0 { return true }
      if putCount == before { return false }
    }
  }

  /// The number of items that were put and are neither done nor lost.
  var unfinishedCount: Int { itemsInCells(alsoBeingRead: false) + openItems }

  private var openItems: Int { (0..<layout.participants).reduce(0) { $0 + openItems(ofRecord: $1) } }

  private func itemsInCells(alsoBeingRead: Bool) -> Int {
    (0..<capacity).count { index in
      let state = QueueWord.state(unsafe cellWord(index).pointee.load(ordering: .acquiring))
      return state == QueueWord.writing || state == QueueWord.full
        || alsoBeingRead && state == QueueWord.reading
    }
  }
}
