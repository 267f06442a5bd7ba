internal import SharedArraysMemory
internal import Synchronization

/// The shortest way through a queue, taken when nothing is in the way: each function is the first step of the one in
/// QueueCore+Waiting.swift that stands for it in all other cases, with the same words read and changed in the same order. They
/// change nothing where they return nil, so that way then begins anew.
extension QueueCore {
  /// Claims the cell at the tail if this process takes part already, the queue is open, and the cell is empty.
  @inline(__always)
  func claimTail() -> UInt64? {
    guard let slot = participation.currentIndex, !isClosed else { return nil }
    let position = unsafe word(at: QueueLayout.tail).pointee.load(ordering: .acquiring)
    let index = QueueWord.index(position)
    let empty = position & QueueWord.lapMask
    guard index < capacity, unsafe cellWord(index).pointee.load(ordering: .relaxed) == empty,
      unsafe cellWord(index).pointee.compareExchange(
        expected: empty, desired: empty | QueueWord.writing | UInt64(truncatingIfNeeded: slot),
        ordering: .acquiring
      ).exchanged
    else { return nil }
    return position
  }

  /// Claims the cell at the head if this process takes part already, and there is an item in the cell.
  ///
  /// Not where items are tracked: what has been taken is then counted as well.
  @inline(__always)
  func claimHead() -> UInt64? {
    guard let slot = participation.currentIndex, !layout.tracksItems else { return nil }
    let position = unsafe word(at: QueueLayout.head).pointee.load(ordering: .acquiring)
    let index = QueueWord.index(position)
    let lap = position & QueueWord.lapMask
    guard index < capacity,
      unsafe cellWord(index).pointee.load(ordering: .relaxed) == lap | QueueWord.full,
      unsafe cellWord(index).pointee.compareExchange(
        expected: lap | QueueWord.full,
        desired: lap | QueueWord.reading | UInt64(truncatingIfNeeded: slot), ordering: .acquiring
      ).exchanged
    else { return nil }
    return position
  }
}
