public import SharedArraysMemory
package import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// A flag that one process sets and for which other processes can wait.
///
///     let isReady = try SharedEvent()
///     …                       // in the one process, when it is
///     isReady.set()
///     …                       // in the others
///     isReady.wait()
///
/// **When a process dies**, nothing has to be repaired: the event is one word. A process that dies
/// while waiting blocks no other. If a process dies in ``set()``, the event is either set, and the
/// waiting processes notice within 50 ms, or not set.
public struct SharedEvent: SharedObject {
  public let object: SharedObjectMemory

  public static var objectKind: SharedObjectKind { .event }

  /// Creates an event that is not set.
  ///
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  public init(_ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    object = try unsafe SharedObjectMemory.create(place, .event, byteCount: 64)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(64, .event)
  }

  /// The word of the event. Its lowest bit is 1 while the event is set; the other bits count how
  /// often it was set.
  ///
  /// A process that sleeps while the event is set and cleared again sees the changed count, and its
  /// wait is over.
  // SAFETY: `object` keeps the state mapped, aligned to 64 bytes; it is accessed only as this word
  // and its futex.
  private var state: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe object.state.sharedWord(at: 0)
  }

  /// The current word, for callers that also wait for other things. A different word later means
  /// that the event was set in between.
  package var word: UInt32 { unsafe state.pointee.load(ordering: .acquiring) }

  /// The futex on which processes sleep while the word is unchanged.
  package var futex: Futex { unsafe Futex(at: object.state) }

  /// Whether the event is set.
  public var isSet: Bool { word & 1 == 1 }

  /// Sets the event and wakes all waiting processes.
  public func set() {
    var known = unsafe state.pointee.load(ordering: .relaxed)
    while known & 1 == 0 {
      let (exchanged, original) = unsafe state.pointee.compareExchange(
        expected: known, desired: (known &+ 2) | 1, ordering: .sequentiallyConsistent)
      if exchanged { break }
      known = original
    }
    futex.wake()
  }

  /// Clears the event.
  public func clear() { unsafe state.pointee.bitwiseAnd(~1, ordering: .acquiringAndReleasing) }

  /// Waits until the event is set. The wait also ends if the event is cleared again before this
  /// process has noticed.
  ///
  /// - Parameter timeout: The maximum time to wait; 0 or less means a single check, nil means no
  ///   limit.
  /// - Returns: False if the timeout passed.
  @discardableResult
  public func wait(timeout: Duration? = nil) -> Bool {
    let first = word
    if first & 1 == 1 { return true }
    let deadline = Deadline(after: timeout)
    while true {
      if deadline.hasPassed { return false }
      unsafe NotificationWord(at: object.state).nap(while: first, until: deadline)
      // A different word means that the event was set in between.
      if word != first { return true }
    }
  }
}
