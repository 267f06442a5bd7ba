public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A lock that either many readers or one writer can hold.
///
///     let lock = try SharedReadWriteLock()
///     let row = try lock.withReadLock { table[3] }
///     try lock.withWriteLock { table[3] = row }
///
/// Readers that arrive while a writer waits are queued behind it. Neither side is recursive. Shares
/// belong to processes: any thread of a process can give back what another of its threads took.
///
/// **When a reader dies**, its share is returned within about 50 ms. When a writer dies, the data
/// that it wrote might be half changed. The next writer learns this as with a ``SharedMutex``, and
/// readers get `ownerDied` until a writer has repaired the data.
///
/// If a process is stopped (by SIGSTOP) in the middle of a call, calls without a timeout on the
/// same lock, including those that unlock, wait until it continues or dies.
public struct SharedReadWriteLock: SharedObject {
  public let object: SharedObjectMemory
  private let monitor: Monitor

  public static var objectKind: SharedObjectKind { .readWriteLock }

  // The lock's words: the number of readers; whether a writer holds the lock; whether a writer has
  // died and the data is not repaired yet; the number of threads that wait to write.
  //
  // The words of a record: the same for its process alone, except that the third is unused; and the
  // latest time until which its threads wait to write, in nanoseconds of the monotonic clock.
  private static let readers = 0
  private static let writers = 1
  private static let isTorn = 2
  private static let wanting = 3
  private static let wantsUntil = 4

  /// Creates a lock.
  ///
  /// - Parameter participants: The maximum number of processes that use the lock at a time, at most
  ///   32,768.
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  /// - Precondition: `participants` is in 1...32,768.
  public init(participants: Int = 128, _ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    guard let byteCount = Monitor.byteCount(participants: participants) else {
      fatalError("A read-write lock can have 1 to 32,768 participants, not \(participants).")
    }
    // SAFETY: the closure initializes the mutex at the start of a new state, which is large enough.
    try self.init(
      unsafe SharedObjectMemory.create(
        place, .readWriteLock, byteCount: byteCount, parameters: (participants, 0)
      ) { (state) throws(SharedMemoryError) in try unsafe SharedMutexCore.create(at: state) })
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(Monitor.byteCount(participants: object.parameters.0), .readWriteLock)
    monitor = try Monitor(object, participants: object.parameters.0, name: "Read-write lock")
  }

  private func recount() {
    for word in [Self.readers, Self.writers, Self.wanting] { monitor[word] = monitor.sum(word) }
  }

  private func repair(_ record: Int) {
    if monitor[record, Self.writers] > 0 { monitor[Self.isTorn] = 1 }
    for word in [Self.readers, Self.writers, Self.wanting, Self.wantsUntil] { monitor[record, word] = 0 }
    recount()
    monitor.changed()
  }

  private func clear() {
    for record in 0..<monitor.count
    where monitor[record, Self.readers] | monitor[record, Self.writers] | monitor[record, Self.wanting] != 0 {
      monitor.participation.participants.reclaim(record, repair: repair)
      if monitor[record, Self.wanting] != 0 { forgetLate(record) }
    }
  }

  /// Removes the claim of a writer that should have given up some time ago, so that readers do not
  /// wait for it. The writer could not withdraw its claim itself because another process was
  /// stopped while it held the mutex.
  private func forgetLate(_ record: Int) {
    let (late, overflow) = monitor[record, Self.wantsUntil].addingReportingOverflow(3_000_000_000)
    if overflow || Int(monotonicNanoseconds()) < late { return }
    monitor[record, Self.wanting] = 0
    recount()
    monitor.changed()
  }

  private func want(_ own: Int, until deadline: Deadline) {
    let known = monitor[own, Self.wanting] > 0 ? monitor[own, Self.wantsUntil] : 0
    monitor[own, Self.wantsUntil] = max(known, Int(deadline.nanoseconds))
    add(1, Self.wanting, own)
  }

  private func stopWanting(_ own: Int) {
    if monitor[own, Self.wanting] > 0 { add(-1, Self.wanting, own) }
  }

  private func add(_ number: Int, _ word: Int, _ own: Int) {
    monitor[own, word] &+= number
    monitor[word] &+= number
  }

  // MARK: With a closure

  /// Runs a closure while this process holds the lock for reading.
  ///
  /// - Parameter timeout: The maximum time to wait; 0 or less means a single attempt, nil means no
  ///   limit.
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unavailable`; or the error of
  ///   `body`.
  public func withReadLock<Result>(timeout: Duration? = nil, _ body: () throws -> Result) throws -> Result {
    try lockForReading(timeout: timeout)
    let process = SharedMutexCore.process
    // A child that the closure forks does not hold the lock.
    defer { if process == SharedMutexCore.process { try? unlockForReading() } }
    return try body()
  }

  /// Runs a closure while this process holds the lock for writing.
  ///
  /// - Parameters:
  ///   - timeout: The maximum time to wait; 0 or less means a single attempt, nil means no limit.
  ///   - repair: A closure that repairs the data that the lock guards, if a writer died. If it
  ///     throws, the next writer finds the lock in the same state.
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unavailable`; or the error of a
  ///   closure.
  public func withWriteLock<Result>(
    timeout: Duration? = nil, _ body: () throws -> Result, repair: (() throws -> Void)? = nil
  ) throws -> Result {
    let acquisition = try lockForWriting(timeout: timeout)
    let process = SharedMutexCore.process
    defer { if process == SharedMutexCore.process { try? unlockForWriting() } }
    if acquisition == .ownerDied {
      guard let repair else { throw LockError(.ownerDied, "Read-write lock") }
      try repair()
      try markRepaired()
    }
    return try body()
  }

  // MARK: By hand

  /// Locks for reading. The caller must call ``unlockForReading()``.
  ///
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unavailable`.
  public func lockForReading(timeout: Duration? = nil) throws(LockError) {
    let taken: Void? = try monitor.wait(
      until: Deadline(after: timeout), recount: recount, clear: clear
    ) { () throws(LockError) -> Void? in
      let own = try monitor.own(repair: repair)
      if monitor[Self.writers] > 0 || monitor[Self.wanting] > 0 { return nil }
      if monitor[Self.isTorn] != 0 { throw LockError(.ownerDied, "Read-write lock") }
      add(1, Self.readers, own)
      return ()
    }
    if taken == nil { throw LockError(.timedOut, "Read-write lock") }
  }

  /// Locks for writing. The caller must call ``unlockForWriting()``.
  ///
  /// - Returns: Whether a writer has died without a later call of ``markRepaired()``.
  /// - Throws: ``LockError`` with code `timedOut`, `unavailable`.
  @discardableResult
  public func lockForWriting(timeout: Duration? = nil) throws(LockError) -> SharedMutex.Acquisition {
    let deadline = Deadline(after: timeout)
    var wants = false
    let taken: SharedMutex.Acquisition?
    do throws(LockError) {
      taken = try monitor.wait(until: deadline, recount: recount, clear: clear) {
        () throws(LockError) -> SharedMutex.Acquisition? in
        let own = try monitor.own(repair: repair)
        if monitor[Self.writers] == 0, monitor[Self.readers] == 0 {
          add(1, Self.writers, own)
          if wants { stopWanting(own) }
          return monitor[Self.isTorn] == 0 ? .acquired : .ownerDied
        }
        if !wants { want(own, until: deadline) }
        wants = true
        return nil
      }
    } catch {
      if wants { giveUp(deadline) }
      throw error
    }
    if let taken { return taken }
    if wants { giveUp(deadline) }
    throw LockError(.timedOut, "Read-write lock")
  }

  /// Withdraws the claim of a thread that no longer wants to write. If that is not possible in
  /// time, the processes that wait behind it do it.
  private func giveUp(_ deadline: Deadline) {
    try? monitor.locked(timeout: deadline.isNever ? nil : .seconds(1), recount: recount) {
      () throws(LockError) in
      stopWanting(try monitor.own(repair: repair))
      monitor.changed()
    }
  }

  /// Unlocks after reading.
  ///
  /// - Throws: ``LockError`` with code `notOwner`.
  public func unlockForReading() throws(LockError) { try unlock(Self.readers) }

  /// Unlocks after writing.
  ///
  /// - Throws: ``LockError`` with code `notOwner`.
  public func unlockForWriting() throws(LockError) { try unlock(Self.writers) }

  private func unlock(_ word: Int) throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      let own = try monitor.own(repair: repair)
      guard monitor[own, word] > 0 else { throw LockError(.notOwner, "Read-write lock") }
      add(-1, word, own)
      monitor.changed()
    }
  }

  /// Marks the data that the lock guards as repaired, after a writer died.
  ///
  /// - Throws: ``LockError`` with code `notOwner` if this process is not the writer.
  public func markRepaired() throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      let own = try monitor.own(repair: repair)
      guard monitor[own, Self.writers] > 0 else { throw LockError(.notOwner, "Read-write lock") }
      monitor[Self.isTorn] = 0
    }
  }
}
