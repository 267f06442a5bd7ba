internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

/// Items that consumers have taken, and have or have not said to be done.
extension QueueCore {
  private func recordWord(_ place: Int, _ index: Int) -> UnsafeMutablePointer<Word> {
    unsafe word(at: QueueLayout.records + index * QueueLayout.recordByteCount + place)
  }

  func addToRecord(_ place: Int, _ count: Int, _ index: Int) {
    unsafe recordWord(place, index).pointee.wrappingAdd(UInt64(count), ordering: .acquiringAndReleasing)
  }

  /// Says that this process is done with as many of the items it has taken.
  ///
  /// - Throws: `tooManyDone`.
  func markDone(_ count: Int) throws(QueueError) {
    let index = try Int(slot())
    let word = unsafe recordWord(QueueLayout.doneInRecord, index)
    var done = unsafe word.pointee.load(ordering: .relaxed)
    while true {
      let taken = unsafe recordWord(QueueLayout.takenInRecord, index).pointee.load(ordering: .relaxed)
      guard count >= 0, UInt64(count) <= taken &- done else {
        throw QueueError(.tooManyDone, "\(count), after \(done) of \(taken)")
      }
      // Another thread of this process may do the same.
      let (exchanged, known) = unsafe word.pointee.compareExchange(
        expected: done, desired: done &+ UInt64(count), ordering: .acquiringAndReleasing)
      if exchanged { break }
      done = known
    }
    if unsafe self.word(at: QueueLayout.joinersAsleep).pointee.load(ordering: .sequentiallyConsistent) != 0 {
      wakeAll()
    }
  }

  /// What a participant leaves that has ended: cells, and items that it never said to be done.
  func clear(record index: Int) {
    clearCells(ofRecord: index)
    let open = openItems(ofRecord: index)
    // If this process dies before the next two lines, a join tells of too many.
    if open > 0 {
      unsafe word(at: QueueLayout.abandonedCount).pointee.wrappingAdd(
        UInt64(open), ordering: .acquiringAndReleasing)
    }
    unsafe recordWord(QueueLayout.takenInRecord, index).pointee.store(0, ordering: .relaxed)
    unsafe recordWord(QueueLayout.doneInRecord, index).pointee.store(0, ordering: .relaxed)
  }

  /// Items that a participant has taken and has not said to be done.
  private func openItems(ofRecord index: Int) -> Int {
    let done = unsafe recordWord(QueueLayout.doneInRecord, index).pointee.load(ordering: .acquiring)
    let taken = unsafe recordWord(QueueLayout.takenInRecord, index).pointee.load(ordering: .acquiring)
    return Int(clamping: taken &- done) > Int(Int32.max) ? 0 : Int(taken &- done)
  }

  /// Waits until every item that was put in is done.
  ///
  /// - Returns: false if the time was up.
  /// - Throws: `consumerDied` if processes had taken items and died before these were done: once, and they count as done then.
  func join(timeout: Duration?) throws(QueueError) -> Bool {
    let deadline = Deadline(after: timeout)
    while true {
      try clearAllDead()
      for index in 0..<layout.participants {
        participation.participants.reclaim(index) { self.clear(record: $0) }
      }
      let abandoned = unsafe word(at: QueueLayout.abandonedCount).pointee.exchange(
        0, ordering: .acquiringAndReleasing)
      if abandoned > 0 { throw QueueError(.consumerDied, "\(abandoned) items") }
      if !hasUnfinished { return true }
      if deadline.hasPassed { return false }
      sleep(at: QueueLayout.joinersAsleep, until: deadline) { self.hasUnfinished }
    }
  }

  /// Whether an item is in the queue, or taken and not done.
  ///
  /// Cells and records are the truth, whoever died between which two instructions: no sums are kept. An item is taken down in its
  /// consumer's record before its cell is given back, so it is found in one of them if the cells are read first. What one process
  /// puts in before it is done with another item has moved the tail.
  private var hasUnfinished: Bool {
    while true {
      let before = putCount
      if itemsInCells(alsoBeingRead: true) > 0 || openItems > 0 { return true }
      if putCount == before { return false }
    }
  }

  /// Items that were put in and are neither done nor lost.
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
