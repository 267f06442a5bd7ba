package import SharedArraysSystem
internal import Synchronization

/// Those who wait for the queue together with other things. They take no item by that, so they are not among the sleepers of whom
/// a producer wakes one: that wake-up would be lost to a consumer. All of them are woken, by a word of their own.
///
/// The upper half of the word of the sleeping consumers says whether there are any, so that a producer finds out about both by
/// one look. The word that they sleep at counts, so that a sleeper that is late does not take the news of another one for its own.
///
/// Surviving death: one who dies while it waits leaves the half set, and the next producer wakes nobody by one call. A producer
/// that dies after it has cleared the half and before the call leaves them asleep, and they look by themselves every 50 ms.
extension QueueCore {
  static let watching: UInt64 = 1 << 32

  private var watchersWord: UnsafeMutableRawPointer { unsafe start + QueueLayout.watchers }

  private var watchersCount: UnsafeMutablePointer<Atomic<UInt32>> {
    // SAFETY: an aligned word of the layout, used in this way only.
    unsafe watchersWord.assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  /// Says that somebody is about to sleep by what it returns, unless a look after this shows something.
  func announceWatcher() -> Futex.Expectation {
    let seen = unsafe watchersCount.pointee.load(ordering: .acquiring)
    unsafe word(at: QueueLayout.consumersAsleep).pointee.bitwiseOr(
      Self.watching, ordering: .sequentiallyConsistent)
    // The look that follows must not be made before this.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return unsafe Futex.Expectation(Futex(at: watchersWord), is: seen)
  }

  /// Wakes all who watch.
  @inline(never)
  func wakeWatchers() {
    // Before the count: who watches from now on has set it again.
    unsafe word(at: QueueLayout.consumersAsleep).pointee.bitwiseAnd(
      ~Self.watching, ordering: .sequentiallyConsistent)
    unsafe watchersCount.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: watchersWord).wake()
  }

  /// Whether a call that takes an item would not wait: there is one, or there never will be, or something is wrong of which that
  /// call tells. What is in the way since its claimant has died is cleared.
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

extension SharedQueue: WaitableByWord {
  /// Whether ``get(timeout:)`` would not have to wait: there is an item, or the queue is closed and empty.
  ///
  /// Another process may take the item first.
  public func isReady() -> Bool { core.isReadyToRead() }

  package var mark: UInt32 { 0 }
  package func isReady(since mark: UInt32) -> Bool { core.isReadyToRead() }
  package func announceSleep(since mark: UInt32) -> Futex.Expectation { core.announceWatcher() }
}

extension SharedByteQueue: WaitableByWord {
  /// Whether a call of `get` would not have to wait: there is a message, or the queue is closed and empty.
  ///
  /// Another process may take the message first.
  public func isReady() -> Bool { core.isReadyToRead() }

  package var mark: UInt32 { 0 }
  package func isReady(since mark: UInt32) -> Bool { core.isReadyToRead() }
  package func announceSleep(since mark: UInt32) -> Futex.Expectation { core.announceWatcher() }
}
