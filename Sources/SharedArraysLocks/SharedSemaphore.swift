public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A counting semaphore whose permits are returned when a process that holds them dies.
///
///     let slots = try SharedSemaphore(permits: 4, isBounded: true)
///     try slots.withPermit { try download(file) }
///
/// Permits belong to the process that takes them. **When it dies**, or ends without giving them
/// back, other waiting processes get them within about 50 ms.
///
/// If a process is stopped (by SIGSTOP) in the middle of a call, calls without a timeout on the
/// same semaphore, including ``release()``, wait until it continues or dies.
///
/// A process may release more permits than it has taken, which adds permits, as a producer does for
/// consumers. A bounded semaphore does not allow this.
public struct SharedSemaphore: SharedObject {
  public let object: SharedObjectMemory
  private let monitor: Monitor
  private let isBounded: Bool

  public static var objectKind: SharedObjectKind { .semaphore }

  // Words: the number of existing permits; the number of free permits. In a record: the number of
  // permits that its process holds.
  private static let existing = 0
  private static let free = 1
  private static let booked = 0

  /// Creates a semaphore.
  ///
  /// - Parameters:
  ///   - permits: The initial number of permits.
  ///   - isBounded: Whether the number of permits can never exceed the initial number.
  ///   - participants: The maximum number of processes that use the semaphore at a time, at most
  ///     32,768.
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  /// - Precondition: `permits` is not negative, and `participants` is in 1...32,768.
  public init(
    permits: Int, isBounded: Bool = false, participants: Int = 128, _ place: SharedObjectPlace = .unnamed
  ) throws(SharedMemoryError) {
    if permits < 0 { fatalError("A semaphore cannot have \(permits) permits.") }
    guard let byteCount = Monitor.byteCount(participants: participants) else {
      fatalError("A semaphore can have 1 to 32,768 participants, not \(participants).")
    }
    // SAFETY: the closure initializes the mutex and two words of a new state, which is large
    // enough.
    let made = try unsafe SharedObjectMemory.create(
      place, .semaphore, byteCount: byteCount, parameters: (participants, isBounded ? 1 : 0)
    ) { (state) throws(SharedMemoryError) in
      try unsafe SharedMutexCore.create(at: state)
      for word in [Self.existing, Self.free] {
        unsafe state.storeBytes(of: permits, toByteOffset: Monitor.wordsOffset + word * 8, as: Int.self)
      }
    }
    try self.init(made)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(Monitor.byteCount(participants: object.parameters.0), .semaphore)
    isBounded = object.parameters.1 == 1
    monitor = try Monitor(object, participants: object.parameters.0, name: "Semaphore")
  }

  private func recount() {
    monitor[Self.free] = monitor[Self.existing] &- monitor.sum(Self.booked)
  }

  /// Takes back the permits of a process that has ended.
  private func repair(_ record: Int) {
    monitor[record, Self.booked] = 0
    recount()
  }

  private func clear() {
    for record in 0..<monitor.count where monitor[record, Self.booked] != 0 {
      monitor.participation.participants.reclaim(record, repair: repair)
    }
  }

  /// Takes a permit. Waits until one is free.
  ///
  /// - Parameter timeout: The maximum time to wait; 0 or less means a single attempt, nil means no
  ///   limit.
  /// - Throws: ``LockError`` with code `timedOut`, `unavailable`.
  /// - Complexity: No system call unless a process waits.
  public func acquire(timeout: Duration? = nil) throws(LockError) {
    // A call with a timeout must not wait without limit for a process that was stopped while it
    // held the mutex.
    if timeout == nil, try takeAtOnce() { return }
    try wait(timeout)
  }

  /// Takes a permit if one is free and this process has a record. This fast path avoids the
  /// closures of a wait.
  private func takeAtOnce() throws(LockError) -> Bool {
    if try monitor.lock() { recount() }
    defer { monitor.unlock() }
    guard let own = monitor.participation.currentIndex, monitor[Self.free] > 0 else { return false }
    take(own)
    return true
  }

  private func take(_ own: Int) {
    // The record is written first, because it is authoritative if this process dies here.
    monitor[own, Self.booked] &+= 1
    monitor[Self.free] &-= 1
  }

  @inline(never)
  private func wait(_ timeout: Duration?) throws(LockError) {
    let deadline = Deadline(after: timeout)
    let taken: Void? = try monitor.wait(until: deadline, recount: recount, clear: clear) {
      () throws(LockError) -> Void? in
      let own = try monitor.own(repair: repair)
      guard monitor[Self.free] > 0 else { return nil }
      take(own)
      return ()
    }
    if taken == nil { throw LockError(.timedOut, "Semaphore") }
  }

  /// Takes a permit if one is free.
  ///
  /// - Returns: Whether a permit was taken.
  /// - Throws: ``LockError`` with code `unavailable`.
  public func tryAcquire() throws(LockError) -> Bool {
    do throws(LockError) {
      try acquire(timeout: .zero)
      return true
    } catch {
      if error.code == .timedOut { return false }
      throw error
    }
  }

  /// Gives a permit back, or adds one if this process holds none.
  ///
  /// - Throws: ``LockError`` with code `overRelease` if the semaphore is bounded and this process
  ///   holds no permit; nothing has changed then.
  public func release() throws(LockError) {
    if try monitor.lock() { recount() }
    defer { monitor.unlock() }
    let own: Int
    if let index = monitor.participation.currentIndex {
      own = index
    } else {
      own = try monitor.own(repair: repair)
    }
    if monitor[own, Self.booked] > 0 {
      monitor[own, Self.booked] &-= 1
    } else if isBounded {
      throw LockError(
        .overRelease, "Semaphore", "this process holds none of its \(monitor[Self.existing]) permits")
    } else {
      monitor[Self.existing] &+= 1
    }
    monitor[Self.free] &+= 1
    monitor.changed()
  }

  /// Runs a closure while this process holds a permit. A child that the closure forks holds none
  /// and gives none back.
  ///
  /// - Parameter timeout: The maximum time to wait for the permit; 0 or less means a single
  ///   attempt, nil means no limit.
  /// - Throws: The same errors as ``acquire(timeout:)``, or the error of `body`.
  public func withPermit<Result>(timeout: Duration? = nil, _ body: () throws -> Result) throws -> Result {
    try acquire(timeout: timeout)
    let process = SharedMutexCore.process
    defer { if process == SharedMutexCore.process { try? release() } }
    return try body()
  }

  /// Returns the current number of free permits, after taking back those of processes that have
  /// died.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  /// - Complexity: One system call for each process that holds permits.
  public func permits() throws(LockError) -> Int {
    try monitor.locked(recount: recount) { () throws(LockError) in
      clear()
      return monitor[Self.free]
    }
  }
}
