public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A mutex of several processes that survives the death of its owner.
///
///     let mutex = try SharedMutex()
///     try mutex.withLock { table.append(row) }
///
/// **When the owner dies**, the next one to lock is told: what the mutex guards may be half changed. `withLock { … } repair: { … }`
/// calls the second closure then, and goes on. Without one it throws `ownerDied`, and everybody after it gets `unrecoverable`: half-changed data is
/// never used silently.
///
/// The owner is a thread: it alone can unlock, and a child that it forks does not have the lock. It must not `await` inside.
///
/// The kernel sees to it all, by a robust `pthread_mutex_t` (see pthread_mutexattr_setrobust): it wakes one that waits when the
/// owner dies, and the death of one that waits has no effect.
public struct SharedMutex: SharedObject {
  public let object: SharedObjectMemory
  let mutex: RobustMutex

  public static var objectKind: SharedObjectKind { .mutex }

  /// Makes a mutex.
  ///
  /// - Parameters:
  ///   - place: where; without a name by default.
  ///   - isRecursive: whether the owner may lock it again; it then unlocks as many times.
  /// - Throws: ``SharedMemoryError`` as for an array in that place.
  public init(_ place: SharedObjectPlace = .unnamed, isRecursive: Bool = false) throws(SharedMemoryError) {
    object = try unsafe SharedObjectMemory.create(
      place, .mutex, byteCount: 64, parameters: (isRecursive ? 1 : 0, 0)
    ) {
      (state) throws(SharedMemoryError) in
      do throws(SystemError) { _ = try unsafe RobustMutex(creatingAt: state, recursive: isRecursive) } catch {
        throw SharedMemoryError(.system, underlying: error)
      }
    }
    mutex = unsafe RobustMutex(at: object.state)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(64, .mutex)
    mutex = unsafe RobustMutex(at: object.state)
    guard mutex.isRobust(recursive: object.parameters.0 == 1) else {
      throw SharedMemoryError(.mismatch, name: object.memory.name, detail: "the mutex here is damaged")
    }
  }

  // MARK: With a closure

  /// Runs a closure while this thread has the mutex.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait for it; 0 or less tries, nil waits for ever.
  ///   - repair: puts right what the mutex guards, if its last owner died; called with the mutex locked. If it throws, nobody
  ///     gets the mutex any more.
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unrecoverable`, `alreadyLocked`; or what a closure throws.
  /// - Complexity: no system call unless somebody waits.
  @inlinable
  public func withLock<Result>(
    timeout: Duration? = nil, _ body: () throws -> Result, repair: (() throws -> Void)? = nil
  ) throws -> Result {
    if try begin(timeout) { try recover(repair) }
    defer { end() }
    return try body()
  }

  /// Locks; whether the owner died.
  @usableFromInline
  func begin(_ timeout: Duration?) throws(LockError) -> Bool {
    if let timeout { return try lock(timeout: timeout) == .ownerDied }
    let code = mutex.lockDirectly()
    if code == 0 { return false }
    if code == ErrorCode.ownerDead { return true }
    throw Self.error(code)
  }

  private static func error(_ code: CInt) -> LockError {
    switch code {
    case ErrorCode.timedOut: LockError(.timedOut, "Mutex")
    case ErrorCode.notRecoverable: LockError(.unrecoverable, "Mutex")
    case ErrorCode.deadlock: LockError(.alreadyLocked, "Mutex")
    default: LockError(.corrupt, "Mutex", "error \(code) of pthread_mutex_lock")
    }
  }

  @usableFromInline
  func recover(_ repair: (() throws -> Void)?) throws {
    guard let repair else {
      end()
      throw LockError(.ownerDied, "Mutex")
    }
    do { try repair() } catch {
      end()
      throw error
    }
    try markRepaired()
  }

  @usableFromInline
  func end() { mutex.unlockOwn() }

  // MARK: By hand

  /// What a thread finds when it has got the mutex.
  public enum Acquisition: Sendable {
    /// All is well.
    case acquired
    /// The last owner died. Repair what the mutex guards, and call ``SharedMutex/markRepaired()``; if it is unlocked without that,
    /// everybody after it gets `unrecoverable`.
    case ownerDied
  }

  /// Locks the mutex; ``unlock()`` follows in the same thread.
  ///
  /// - Parameter timeout: how long to wait; 0 or less tries, nil waits for ever.
  /// - Throws: ``LockError`` with code `timedOut`, `unrecoverable`, `alreadyLocked`.
  @discardableResult
  public func lock(timeout: Duration? = nil) throws(LockError) -> Acquisition {
    let deadline = Deadline(after: timeout)
    do throws(SystemError) {
      switch deadline.hasPassed ? try mutex.tryLock() : try mutex.lock(until: deadline) {
      case .acquired: return .acquired
      case .ownerDied: return .ownerDied
      case .unavailable: throw SystemError(call: "pthread_mutex_lock", code: ErrorCode.timedOut)
      }
    } catch { throw Self.error(error.code) }
  }

  /// Locks the mutex if nobody has it.
  ///
  /// - Returns: nil if somebody has.
  /// - Throws: ``LockError`` with code `unrecoverable`, `alreadyLocked`.
  public func tryLock() throws(LockError) -> Acquisition? {
    do throws(LockError) { return try lock(timeout: .zero) } catch {
      if error.code == .timedOut { return nil }
      throw error
    }
  }

  /// Unlocks the mutex.
  ///
  /// - Throws: ``LockError`` with code `notOwner` if this thread does not have it.
  public func unlock() throws(LockError) {
    do throws(SystemError) { try mutex.unlock() } catch {
      throw LockError(error.code == ErrorCode.notPermitted ? .notOwner : .corrupt, "Mutex")
    }
  }

  /// Says that what the mutex guards is whole again, after ``Acquisition/ownerDied`` and before ``unlock()``.
  ///
  /// - Throws: ``LockError`` with code `notOwner` if there was nothing to repair.
  public func markRepaired() throws(LockError) {
    do throws(SystemError) { try mutex.makeConsistent() } catch { throw LockError(.notOwner, "Mutex") }
  }
}
