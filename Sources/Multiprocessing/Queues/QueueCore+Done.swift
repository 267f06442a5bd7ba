internal import SharedMemory
internal import Synchronization
internal import SystemLayer

/// Items that consumers have taken, and have or have not said to be done.
extension QueueCore {
  private func recordWord(_ place: Int, _ index: Int) -> UnsafeMutablePointer<Word> {
    unsafe word(at: QueueLayout.records + index * QueueLayout.recordByteCount + place)
  }

  func addToRecord(_ place: Int, _ count: Int, _ index: Int) {
    unsafe recordWord(place, index).pointee.add(UInt64(count), ordering: .relaxed)
  }

  /// Says that this process is done with as many of the items it has taken.
  ///
  /// - Throws: `tooManyDone`.
  func markDone(_ count: Int) throws(QueueError) {
    let index = try Int(slot())
    let taken = unsafe recordWord(QueueLayout.takenInRecord, index).pointee.load(ordering: .relaxed)
    let done = unsafe recordWord(QueueLayout.doneInRecord, index).pointee.load(ordering: .relaxed)
    guard count >= 0, UInt64(count) <= taken &- done else {
      throw QueueError(.tooManyDone, "\(count), after \(done) of \(taken)")
    }
    // In this order: if the process dies in between, the items count twice, and a join tells of the death.
    unsafe word(at: QueueLayout.doneCount).pointee.add(UInt64(count), ordering: .acquiringAndReleasing)
    addToRecord(QueueLayout.doneInRecord, count, index)
    if unsafe word(at: QueueLayout.joinersAsleep).pointee.load(ordering: .sequentiallyConsistent) != 0 {
      wakeAll()
    }
  }

  /// What a participant leaves that has ended: items that it never said to be done.
  func clear(record index: Int) {
    let taken = unsafe recordWord(QueueLayout.takenInRecord, index).pointee.load(ordering: .relaxed)
    let done = unsafe recordWord(QueueLayout.doneInRecord, index).pointee.load(ordering: .relaxed)
    if taken &- done > 0, taken &- done < UInt64(Int32.max) {
      unsafe word(at: QueueLayout.abandonedCount).pointee.add(taken &- done, ordering: .acquiringAndReleasing)
      unsafe word(at: QueueLayout.doneCount).pointee.add(taken &- done, ordering: .acquiringAndReleasing)
    }
    unsafe recordWord(QueueLayout.takenInRecord, index).pointee.store(0, ordering: .relaxed)
    unsafe recordWord(QueueLayout.doneInRecord, index).pointee.store(0, ordering: .relaxed)
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
      if unfinishedCount <= 0 { return true }
      if deadline.hasPassed { return false }
      sleep(at: QueueLayout.joinersAsleep, until: deadline) { self.unfinishedCount > 0 }
    }
  }

  /// Items that were put in and are neither done nor lost.
  var unfinishedCount: Int {
    let done = unsafe word(at: QueueLayout.doneCount).pointee.load(ordering: .acquiring)
    let void = unsafe word(at: QueueLayout.voidCount).pointee.load(ordering: .acquiring)
    return putCount &- Int(truncatingIfNeeded: done &+ void) &- lostCount
  }
}
