package import SharedArraysSystem
internal import Synchronization

/// Watchers: processes that wait for the queue together with other things. A watcher takes no item,
/// so it is not among the sleepers of which a producer wakes one: that wake-up would be lost to a
/// consumer. A producer wakes all watchers, at a word of their own.
///
/// The upper half of the consumers' sleep word says whether watchers exist, so that a producer
/// checks for both with one load. The word at which watchers sleep is a counter, so that a late
/// sleeper does not mistake the wake-up of another one for its own.
///
/// Crash safety: a watcher that dies while it waits leaves the upper half set, and the next
/// producer makes one wake-up call in vain. A producer that dies after it has cleared the half and
/// before the call leaves the watchers asleep. They check again by themselves every 50 ms.
extension QueueCore {
  static let watching: UInt64 = 1 << 32

  private var watchersWord: UnsafeMutableRawPointer { unsafe start + QueueLayout.watchers }

  private var watchersCount: UnsafeMutablePointer<Atomic<UInt32>> {
    // SAFETY: The word is aligned and part of the layout, and is only used as an atomic and a
    // futex.
    unsafe watchersWord.sharedWord(at: 0)
  }

  /// Announces that a watcher is about to sleep. The caller then checks the queue once more, and
  /// sleeps on the returned expectation if the check shows nothing.
  func announceWatcher() -> Futex.Expectation {
    let seen = unsafe watchersCount.pointee.load(ordering: .acquiring)
    unsafe word(at: QueueLayout.consumersAsleep).pointee.bitwiseOr(
      Self.watching, ordering: .sequentiallyConsistent)
    // The check that follows must not be made before this.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return unsafe Futex.Expectation(Futex(at: watchersWord), is: seen)
  }

  /// Wakes all watchers.
  @inline(never)
  func wakeWatchers() {
    // This precedes the increment. A process that watches from now on sets the half again.
    unsafe word(at: QueueLayout.consumersAsleep).pointee.bitwiseAnd(
      ~Self.watching, ordering: .sequentiallyConsistent)
    unsafe watchersCount.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: watchersWord).wake()
  }

  /// Whether a call that takes an item would return without waiting: an item is available, no item
  /// will ever come, or that call reports an error. If the claimant of the blocking cell has died,
  /// the cell is cleared.
  func isReadyToRead() -> Bool {
    while true {
      guard let claim = try? claimToRead(0, slot: 0), case .blocked(let position, let word) = claim else {
        return true
      }
      if word == position & QueueWord.lapMask {
        if !isClosed { return false }
        sealIfEmpty(position, word)
        continue
      }
      guard let slot = try? slot() else { return true }
      if !clearIfDead(position, word, slot) { return false }
    }
  }
}

extension SharedQueue: FutexWaitable {
  /// Whether ``get(timeout:)`` would return without waiting: an item is available, or the queue is
  /// closed and empty.
  ///
  /// Another process might take the item first.
  public func isReady() -> Bool { core.isReadyToRead() }

  package var mark: UInt32 { 0 }
  package func isReady(since mark: UInt32) -> Bool { core.isReadyToRead() }
  package func announceSleep(since mark: UInt32) -> Futex.Expectation { core.announceWatcher() }
}

extension SharedByteQueue: FutexWaitable {
  /// Whether a call of `get` would return without waiting: a message is available, or the queue is
  /// closed and empty.
  ///
  /// Another process might take the message first.
  public func isReady() -> Bool { core.isReadyToRead() }

  package var mark: UInt32 { 0 }
  package func isReady(since mark: UInt32) -> Bool { core.isReadyToRead() }
  package func announceSleep(since mark: UInt32) -> Futex.Expectation { core.announceWatcher() }
}
