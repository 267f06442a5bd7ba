public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// Lets processes wait until what a mutex guards is as they want it.
///
///     try mutex.lock()
///     try condition.wait(mutex) { queue.count > 0 }
///     …
///     try mutex.unlock()
///
/// **When a process dies** nothing has to be repaired: the condition is one word that counts notifications, and keeps no list of
/// those that wait. If one that was woken dies at once, the others notice within 50 ms.
public struct SharedCondition: SharedObject {
  public let object: SharedObjectMemory

  public static var objectKind: SharedObjectKind { .condition }

  /// Makes a condition.
  ///
  /// - Throws: ``SharedMemoryError`` as for an array in that place.
  public init(_ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    object = try unsafe SharedObjectMemory.create(place, .condition, byteCount: 64)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(64, .condition)
  }

  private var notifications: NotificationWord { unsafe NotificationWord(at: object.state) }

  /// Unlocks the mutex, waits for a notification, and locks the mutex again. It may return without one, so look at what is waited
  /// for once more.
  ///
  /// - Parameters:
  ///   - mutex: the one that all who use this condition use with it, locked once by this thread.
  ///   - timeout: how long to wait; 0 or less only unlocks and locks, nil waits for ever.
  ///   - repair: puts right what the mutex guards, if an owner died meanwhile; as for `SharedMutex.withLock(timeout:_:repair:)`.
  /// - Returns: false if the time was up.
  /// - Throws: ``LockError`` with code `notOwner` if this thread does not have the mutex; `ownerDied` if an owner died meanwhile and
  ///   there is no `repair`: this thread has the mutex then, and calls `SharedMutex.markRepaired()`, or nobody gets it any more; or what
  ///   `repair` throws.
  @discardableResult
  public func wait(
    _ mutex: SharedMutex, timeout: Duration? = nil, repair: (() throws -> Void)? = nil
  ) throws -> Bool {
    let deadline = Deadline(after: timeout)
    let seen = notifications.value
    try mutex.unlock()
    let isNotified = notifications.wait(while: seen, until: deadline)
    if try mutex.lock() == .ownerDied {
      guard let repair else { throw LockError(.ownerDied, "Mutex of a condition") }
      try repair()
      try mutex.markRepaired()
    }
    return isNotified
  }

  /// Waits until `isTrue`, which is called with the mutex locked, returns true.
  ///
  /// - Returns: false if the time was up and it still was not.
  /// - Throws: as ``wait(_:timeout:repair:)``, or what `isTrue` throws.
  @discardableResult
  public func wait(
    _ mutex: SharedMutex, timeout: Duration? = nil, until isTrue: () throws -> Bool,
    repair: (() throws -> Void)? = nil
  ) throws -> Bool {
    let deadline = Deadline(after: timeout)
    while try !isTrue() {
      if deadline.hasPassed { return false }
      try wait(mutex, timeout: deadline.isNever ? nil : deadline.remaining, repair: repair)
    }
    return true
  }

  /// Wakes as many of those that wait, if there are so many. What they wait for was changed before, with the mutex locked.
  ///
  /// - Precondition: `count` is not negative.
  public func notify(_ count: Int = 1) {
    if count < 0 { fatalError("\(count) processes cannot be woken.") }
    if count > 0 { notifications.notify(count) }
  }

  /// Wakes all that wait.
  public func notifyAll() { notifications.notify(.max) }
}

/// A word that counts, and on which processes sleep.
///
/// Surviving death: a process that dies between counting and waking leaves sleepers that look again by themselves, and so does
/// one that dies after it was woken in another's place.
@safe struct NotificationWord {
  // SAFETY: an aligned word of mapped memory, which whoever makes this keeps mapped while it is used.
  private let address: UnsafeMutableRawPointer

  /// How long a sleeper that nobody wakes sleeps.
  static let nap = Duration.milliseconds(50)

  init(at address: UnsafeMutableRawPointer) { unsafe self.address = address }

  private var word: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe address.assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  var value: UInt32 { unsafe word.pointee.load(ordering: .acquiring) }

  func notify(_ count: Int) {
    unsafe word.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: address).wake(count)
  }

  /// Sleeps until the word is another than `seen`.
  ///
  /// - Returns: false if the time was up.
  func wait(while seen: UInt32, until deadline: Deadline) -> Bool {
    while value == seen {
      if deadline.hasPassed { return false }
      nap(while: seen, until: deadline)
    }
    return true
  }

  /// Sleeps while the word is `seen`, for a moment at most.
  func nap(while seen: UInt32, until deadline: Deadline) {
    let next = Deadline.earlier(deadline, Deadline(after: Self.nap))
    _ = try? unsafe Futex(at: address).wait(while: seen, until: next)
  }
}
