public import SharedArraysMemory
package import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// Something that has happened or has not, for which processes can wait.
///
///     let isReady = try SharedEvent()
///     …                       // in the one process, when it is
///     isReady.set()
///     …                       // in the others
///     isReady.wait()
///
/// **When a process dies** nothing has to be repaired: the event is one word. One that waits and dies is in nobody's way; if one
/// dies in the middle of ``set()``, the event is set, and those that wait notice within 50 ms, or it is not.
public struct SharedEvent: SharedObject {
  public let object: SharedObjectMemory

  public static var objectKind: SharedObjectKind { .event }

  /// Makes an event that has not happened.
  ///
  /// - Throws: ``SharedMemoryError`` as for an array in that place.
  public init(_ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    object = try unsafe SharedObjectMemory.create(place, .event, byteCount: 64)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(64, .event)
  }

  /// The lowest bit says whether it is set, the others count how often it was: who sleeps while it is set and cleared again has
  /// been waiting for exactly that.
  private var state: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe object.state.assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  /// What the word is now, for those that wait for other things as well: any other word later means that it was set since.
  package var word: UInt32 { unsafe state.pointee.load(ordering: .acquiring) }

  /// Where they sleep while the word is what it was.
  package var futex: Futex { unsafe Futex(at: object.state) }

  /// Whether it has happened.
  public var isSet: Bool { word & 1 == 1 }

  /// Says that it has happened, and wakes all that wait.
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

  /// Makes it something that has not happened.
  public func clear() { unsafe state.pointee.bitwiseAnd(~1, ordering: .acquiringAndReleasing) }

  /// Waits until it has happened, also if it is cleared again before this process has noticed.
  ///
  /// - Parameter timeout: how long to wait; 0 or less looks once, nil waits for ever.
  /// - Returns: false if the time was up.
  @discardableResult
  public func wait(timeout: Duration? = nil) -> Bool {
    let first = word
    if first & 1 == 1 { return true }
    let deadline = Deadline(after: timeout)
    while true {
      if deadline.hasPassed { return false }
      unsafe NotificationWord(at: object.state).nap(while: first, until: deadline)
      // Any other word means that it was set since.
      if word != first { return true }
    }
  }
}
