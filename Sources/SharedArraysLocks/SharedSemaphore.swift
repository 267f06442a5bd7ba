public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A counting semaphore whose permits come back when a process dies that has some.
///
///     let slots = try SharedSemaphore(permits: 4, isBounded: true)
///     try slots.withPermit { try download(file) }
///
/// Permits are booked to the process that takes them. **When it dies**, or ends without having given them back, others that wait
/// get them within some 50 ms.
///
/// A call without a time-out, as ``release()``, waits for a process that has been stopped (by SIGSTOP) in the middle of a call on the
/// same semaphore, until it goes on or dies.
///
/// A process may give back more than it has taken: that adds permits, as a producer does for consumers. A bounded semaphore does
/// not allow it.
public struct SharedSemaphore: SharedObject {
  public let object: SharedObjectMemory
  private let monitor: Monitor
  private let isBounded: Bool

  public static var objectKind: SharedObjectKind { .semaphore }

  // Words: permits that exist, permits that are free. In a record: permits that its process has.
  private static let existing = 0
  private static let free = 1
  private static let booked = 0

  /// Makes a semaphore.
  ///
  /// - Parameters:
  ///   - permits: how many permits there are at first.
  ///   - isBounded: whether there are never more.
  ///   - participants: the most processes that use it at a time, at most 32,768.
  /// - Throws: ``SharedMemoryError`` as for an array in that place.
  /// - Precondition: `permits` is not negative, and `participants` is at least 1 and at most what is said above.
  public init(
    permits: Int, isBounded: Bool = false, participants: Int = 128, _ place: SharedObjectPlace = .unnamed
  ) throws(SharedMemoryError) {
    if permits < 0 { fatalError("A semaphore cannot have \(permits) permits.") }
    guard let byteCount = Monitor.byteCount(participants: participants) else {
      fatalError("A semaphore is for 1 to 32,768 processes, not \(participants).")
    }
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

  /// Takes back what a process had that has ended.
  private func repair(_ record: Int) {
    monitor[record, Self.booked] = 0
    recount()
  }

  private func clear() {
    for record in 0..<monitor.count where monitor[record, Self.booked] != 0 {
      monitor.participation.participants.reclaim(record, repair: repair)
    }
  }

  /// Takes a permit, waiting until there is one.
  ///
  /// - Parameter timeout: how long to wait; 0 or less tries, nil waits for ever.
  /// - Throws: ``LockError`` with code `timedOut`, `unavailable`.
  /// - Complexity: no system call unless somebody waits.
  public func acquire(timeout: Duration? = nil) throws(LockError) {
    // A call with a time limit must not wait without end for a process that was stopped with the mutex.
    if timeout == nil, try takeAtOnce() { return }
    try wait(timeout)
  }

  /// Takes a permit if there is one and this process has a record, without the closures that a wait needs.
  private func takeAtOnce() throws(LockError) -> Bool {
    if try monitor.lock() { recount() }
    defer { monitor.unlock() }
    guard let own = monitor.participation.currentIndex, monitor[Self.free] > 0 else { return false }
    take(own)
    return true
  }

  private func take(_ own: Int) {
    // The booking is what counts if this process dies here.
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

  /// Takes a permit if there is one.
  ///
  /// - Returns: whether there was.
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

  /// Gives a permit back, or adds one if this process has none.
  ///
  /// - Throws: ``LockError`` with code `overRelease` if it is bounded and this process has none; then nothing has changed.
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
        .overRelease, "Semaphore", "this process has none of its \(monitor[Self.existing]) permits")
    } else {
      monitor[Self.existing] &+= 1
    }
    monitor[Self.free] &+= 1
    monitor.changed()
  }

  /// Runs a closure while this process has a permit. A child that the closure forks has none, and gives none back.
  ///
  /// - Parameter timeout: how long to wait for it; 0 or less tries, nil waits for ever.
  /// - Throws: as ``acquire(timeout:)``, or what `body` throws.
  public func withPermit<Result>(timeout: Duration? = nil, _ body: () throws -> Result) throws -> Result {
    try acquire(timeout: timeout)
    let process = SharedMutexCore.process
    defer { if process == SharedMutexCore.process { try? release() } }
    return try body()
  }

  /// How many permits are free at this moment; those of processes that have died are taken back first.
  ///
  /// - Throws: ``LockError`` with code `corrupt`.
  /// - Complexity: a system call for each process that has permits.
  public func permits() throws(LockError) -> Int {
    try monitor.locked(recount: recount) { () throws(LockError) in
      clear()
      return monitor[Self.free]
    }
  }
}
