internal import SharedArraysMemory
internal import SharedArraysSystem
internal import Synchronization

// SAFETY: The index of a cell is less than `capacity`: it comes from a loop over the cells, or from
// a position that a claim has checked. The place of a loss is less than the end of the losses,
// since the count is taken modulo `lossCount`. The words are aligned, and `memory` keeps them
// mapped.

/// Repair after processes that have ended, and the list of the items lost with them.
extension QueueCore {
  /// Clears a cell whose claimant has ended, and all other cells of that claimant.
  ///
  /// - Returns: Whether the cell has changed.
  func clearIfDead(_ position: UInt64, _ word: UInt64, _ slot: UInt64) -> Bool {
    let state = QueueWord.state(word)
    guard state == QueueWord.writing || state == QueueWord.reading else { return false }
    let (claimant, index) = (QueueWord.slot(word), QueueWord.index(position))
    switch participation.participants.presence(claimant) {
    case .alive: return false
    case .left, .dead: participation.participants.reclaim(claimant) { clear(record: $0) }
    case .none: clearUnclaimed(index, word, slot)
    }
    return unsafe cellWord(index).pointee.load(ordering: .acquiring) != word
  }

  /// Clears the cells of a participant that has ended. Its number is free for other processes
  /// afterwards. The caller holds the lock of the participant's record, so no other process does
  /// the same. If this process dies during the call, the next one finds the remaining cells.
  func clearCells(ofRecord record: Int) {
    var hasCleared = false
    for index in 0..<capacity {
      let word = unsafe cellWord(index).pointee.load(ordering: .acquiring)
      let state = QueueWord.state(word)
      guard QueueWord.slot(word) == record, state == QueueWord.writing || state == QueueWord.reading else {
        continue
      }
      clear(index, word, pid: participation.participants.pid(record))
      hasCleared = true
    }
    if hasCleared { wakeAll() }
  }

  /// Clears a cell whose word names a participant that does not exist. It first claims the cell for
  /// this process, so that only one process clears it.
  private func clearUnclaimed(_ index: Int, _ word: UInt64, _ slot: UInt64) {
    let mine = word & ~QueueWord.slotMask | slot
    guard
      unsafe cellWord(index).pointee.compareExchange(
        expected: word, desired: mine, ordering: .acquiringAndReleasing
      ).exchanged
    else { return }
    clear(index, word, pid: 0)
    wakeAll()
  }

  /// Notes the item of a cell as lost, then gives the cell back. The note can be repeated without
  /// being counted twice.
  private func clear(_ index: Int, _ word: UInt64, pid: Int) {
    let position = word & QueueWord.lapMask | UInt64(index)
    let isWriting = QueueWord.state(word) == QueueWord.writing
    note(
      LostItem(
        number: QueueWord.count(position, capacity: capacity), pid: pid,
        role: isWriting ? .producer : .consumer))
    if isWriting { publish(position, isVoid: true) } else { release(position) }
  }

  /// Notes a loss, unless it is already among the latest ones.
  private func note(_ item: LostItem) {
    if losses.contains(where: { $0.number == item.number && $0.role == item.role }) { return }
    let count = unsafe word(at: QueueLayout.lostCount).pointee.wrappingAdd(
      1, ordering: .acquiringAndReleasing
    ).oldValue
    let place = QueueLayout.losses + Int(count % UInt64(QueueLayout.lossCount)) * QueueLayout.lossByteCount
    unsafe word(at: place + 8).pointee.store(UInt64(item.pid), ordering: .relaxed)
    unsafe word(at: place + 16).pointee.store(UInt64(item.role.rawValue), ordering: .relaxed)
    unsafe word(at: place).pointee.store(UInt64(bitPattern: Int64(item.number)) &+ 1, ordering: .releasing)
  }

  /// The latest losses.
  var losses: [LostItem] {
    (0..<QueueLayout.lossCount).compactMap { index in
      let place = QueueLayout.losses + index * QueueLayout.lossByteCount
      let number = unsafe word(at: place).pointee.load(ordering: .acquiring)
      guard number != 0,
        let role = LostItem.Role(
          rawValue: Int(truncatingIfNeeded: unsafe word(at: place + 16).pointee.load(ordering: .relaxed)))
      else { return nil }
      let pid = unsafe word(at: place + 8).pointee.load(ordering: .relaxed)
      return LostItem(
        number: Int(truncatingIfNeeded: number &- 1), pid: Int(truncatingIfNeeded: pid), role: role)
    }
  }

  var lostCount: Int {
    Int(truncatingIfNeeded: unsafe word(at: QueueLayout.lostCount).pointee.load(ordering: .acquiring))
  }

  /// Clears every cell whose claimant has ended.
  func clearAllDead() throws(QueueError) {
    let slot = try slot()
    for index in 0..<layout.capacity {
      let word = unsafe cellWord(index).pointee.load(ordering: .acquiring)
      _ = clearIfDead(UInt64(index), word, slot)
    }
  }
}
