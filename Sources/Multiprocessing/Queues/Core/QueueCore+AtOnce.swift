internal import SharedArraysMemory
internal import Synchronization

// SAFETY: The index of a cell is checked to be less than `capacity` before its word is accessed.
// The words are aligned, and `memory` keeps them mapped.

/// The fast path through a queue, for calls that need not wait. Each function is the first step of
/// its general counterpart in QueueCore+Waiting.swift, and reads and changes the same words in the
/// same order. A function that returns nil has changed nothing, so the general path starts from the
/// beginning.
extension QueueCore {
  /// Claims the cell at the tail if this process already participates, the queue is open, and the
  /// cell is empty.
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

  /// Claims the cell at the head if this process already participates and the cell holds an item.
  ///
  /// Returns nil if the queue tracks items, because the general path also counts the taken items.
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
