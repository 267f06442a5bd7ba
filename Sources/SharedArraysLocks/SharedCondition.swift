public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// A condition variable: processes wait on it until the state that a mutex guards is as they want
/// it.
///
///     try mutex.lock()
///     try condition.wait(mutex) { queue.count > 0 }
///     …
///     try mutex.unlock()
///
/// **When a process dies**, nothing has to be repaired: the condition is one word that counts
/// notifications, and keeps no list of the waiting processes. If a process dies right after it was
/// woken, the others notice within 50 ms.
public struct SharedCondition: SharedObject {
  public let object: SharedObjectMemory

  public static var objectKind: SharedObjectKind { .condition }

  /// Creates a condition.
  ///
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  public init(_ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    object = try unsafe SharedObjectMemory.create(place, .condition, byteCount: 64)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(64, .condition)
  }

  private var notifications: NotificationWord { unsafe NotificationWord(at: object.state) }

  /// Unlocks the mutex, waits for a notification, and locks the mutex again. The call can return
  /// without a notification, so the caller must check its condition again.
  ///
  /// - Parameters:
  ///   - mutex: The mutex that all users of this condition use with it, locked exactly once by this
  ///     thread.
  ///   - timeout: The maximum time to wait; 0 or less only unlocks and locks the mutex, nil means
  ///     no limit.
  ///   - repair: A closure that repairs the data that the mutex guards, if an owner died during the
  ///     wait; see `SharedMutex.withLock(timeout:_:repair:)`.
  /// - Returns: False if the timeout passed.
  /// - Throws: ``LockError`` with code `notOwner` if this thread does not hold the mutex;
  ///   `ownerDied` if an owner died during the wait and `repair` is nil; or the error of `repair`.
  ///   After `ownerDied`, this thread holds the mutex and must call `SharedMutex.markRepaired()`;
  ///   otherwise no thread can lock the mutex again.
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
  /// - Returns: False if the timeout passed and `isTrue` still returned false.
  /// - Throws: The same errors as ``wait(_:timeout:repair:)``, or the error of `isTrue`.
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

  /// Wakes up to `count` waiting processes. The caller has changed the state before, with the mutex
  /// locked.
  ///
  /// - Precondition: `count` is not negative.
  public func notify(_ count: Int = 1) {
    if count < 0 { fatalError("notify(_:) cannot wake \(count) processes.") }
    if count > 0 { notifications.notify(count) }
  }

  /// Wakes all waiting processes.
  public func notifyAll() { notifications.notify(.max) }
}

/// A notification counter on which processes sleep.
///
/// Crash safety: if a process dies between counting and waking, or right after it was woken in
/// place of another, the sleepers notice by themselves, because they check the word every 50 ms.
@safe struct NotificationWord {
  // SAFETY: an aligned word of mapped memory. The creator of this value keeps it mapped while it is
  // used.
  private let address: UnsafeMutableRawPointer

  /// The maximum time for which a sleeper sleeps without being woken.
  static let nap = Duration.milliseconds(50)

  init(at address: UnsafeMutableRawPointer) { unsafe self.address = address }

  private var word: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe address.sharedWord(at: 0)
  }

  var value: UInt32 { unsafe word.pointee.load(ordering: .acquiring) }

  func notify(_ count: Int) {
    unsafe word.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    unsafe Futex(at: address).wake(count)
  }

  /// Sleeps until the word differs from `seen`.
  ///
  /// - Returns: False if the timeout passed.
  func wait(while seen: UInt32, until deadline: Deadline) -> Bool {
    while value == seen {
      if deadline.hasPassed { return false }
      nap(while: seen, until: deadline)
    }
    return true
  }

  /// Sleeps while the word equals `seen`, for at most ``nap``.
  func nap(while seen: UInt32, until deadline: Deadline) {
    let next = Deadline.earlier(deadline, Deadline(after: Self.nap))
    _ = try? unsafe Futex(at: address).wait(while: seen, until: next)
  }
}
