public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A lock that many readers, or one writer, have at a time.
///
///     let lock = try SharedReadWriteLock()
///     let row = try lock.withReadLock { table[3] }
///     try lock.withWriteLock { table[3] = row }
///
/// Readers that come while a writer waits wait behind it. Neither is recursive. Shares are booked to processes: what one thread
/// has, another of the same process can give back.
///
/// **When a reader dies**, its share comes back within some 50 ms. When a writer dies, what it wrote may be half changed: the next
/// writer is told, as with a ``SharedMutex``, and readers get `ownerDied` until one has repaired it.
///
/// A call without a time-out, as those that unlock, waits for a process that has been stopped (by SIGSTOP) in the middle of a call on
/// the same lock, until it goes on or dies.
public struct SharedReadWriteLock: SharedObject {
  public let object: SharedObjectMemory
  private let monitor: Monitor

  public static var objectKind: SharedObjectKind { .readWriteLock }

  // Words: readers, whether there is a writer, whether a writer has died, how many threads wait to write. In a record: the same of its
  // process, and until when its threads wait, in nanoseconds of the monotonic clock.
  private static let readers = 0
  private static let writers = 1
  private static let isTorn = 2
  private static let wanting = 3
  private static let wantsUntil = 4

  /// Makes a lock.
  ///
  /// - Parameter participants: the most processes that use it at a time, at most 32,768.
  /// - Throws: ``SharedMemoryError`` as for an array in that place.
  /// - Precondition: `participants` is at least 1 and at most what is said above.
  public init(participants: Int = 128, _ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    guard let byteCount = Monitor.byteCount(participants: participants) else {
      fatalError("A read-write lock is for 1 to 32,768 processes, not \(participants).")
    }
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

  /// Readers wait for no thread that should have given up a while ago: it could not take itself back where another process was
  /// stopped with the mutex.
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

  /// Runs a closure while this process reads.
  ///
  /// - Parameter timeout: how long to wait; 0 or less tries, nil waits for ever.
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unavailable`; or what `body` throws.
  public func withReadLock<Result>(timeout: Duration? = nil, _ body: () throws -> Result) throws -> Result {
    try lockToRead(timeout: timeout)
    let process = SharedMutexCore.process
    // A child that the closure forks reads no more.
    defer { if process == SharedMutexCore.process { try? unlockAfterReading() } }
    return try body()
  }

  /// Runs a closure while this process writes.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait; 0 or less tries, nil waits for ever.
  ///   - repair: puts right what the lock guards, if a writer died. If it throws, the next writer is told the same.
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unavailable`; or what a closure throws.
  public func withWriteLock<Result>(
    timeout: Duration? = nil, _ body: () throws -> Result, repair: (() throws -> Void)? = nil
  ) throws -> Result {
    let acquisition = try lockToWrite(timeout: timeout)
    let process = SharedMutexCore.process
    defer { if process == SharedMutexCore.process { try? unlockAfterWriting() } }
    if acquisition == .ownerDied {
      guard let repair else { throw LockError(.ownerDied, "Read-write lock") }
      try repair()
      try markRepaired()
    }
    return try body()
  }

  // MARK: By hand

  /// Takes a reader's share; ``unlockAfterReading()`` follows.
  ///
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unavailable`.
  public func lockToRead(timeout: Duration? = nil) throws(LockError) {
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

  /// Takes the writer's place; ``unlockAfterWriting()`` follows.
  ///
  /// - Returns: whether a writer died, and nobody has called ``markRepaired()`` since.
  /// - Throws: ``LockError`` with code `timedOut`, `unavailable`.
  @discardableResult
  public func lockToWrite(timeout: Duration? = nil) throws(LockError) -> SharedMutex.Acquisition {
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

  /// Takes a thread back that no longer wants to write. Where that cannot be done in time, those whom it keeps waiting do it.
  private func giveUp(_ deadline: Deadline) {
    try? monitor.locked(timeout: deadline.isNever ? nil : .seconds(1), recount: recount) {
      () throws(LockError) in
      stopWanting(try monitor.own(repair: repair))
      monitor.changed()
    }
  }

  /// Gives a reader's share back.
  ///
  /// - Throws: ``LockError`` with code `notOwner`.
  public func unlockAfterReading() throws(LockError) { try unlock(Self.readers) }

  /// Gives the writer's place back.
  ///
  /// - Throws: ``LockError`` with code `notOwner`.
  public func unlockAfterWriting() throws(LockError) { try unlock(Self.writers) }

  private func unlock(_ word: Int) throws(LockError) {
    try monitor.locked(recount: recount) { () throws(LockError) in
      let own = try monitor.own(repair: repair)
      guard monitor[own, word] > 0 else { throw LockError(.notOwner, "Read-write lock") }
      add(-1, word, own)
      monitor.changed()
    }
  }

  /// Says that what the lock guards is whole again, after a writer died.
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
