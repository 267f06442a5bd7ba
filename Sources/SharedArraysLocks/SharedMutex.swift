public import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

/// A mutex for several processes that survives the death of its owner.
///
///     let mutex = try SharedMutex()
///     try mutex.withLock { table.append(row) }
///
/// **When the owner dies**, the next thread that locks the mutex learns that the data it guards
/// might be half changed. `withLock { … } repair: { … }` then calls the second closure and
/// continues. Without that closure it throws `ownerDied`, and every later call gets
/// `unrecoverable`: half-changed data is never used silently.
///
/// The owner is a thread. Only it can unlock the mutex, and a child that it forks does not hold the
/// lock. The thread must not `await` while it holds the mutex.
///
/// The kernel implements this with a robust `pthread_mutex_t` (see pthread_mutexattr_setrobust): it
/// wakes a waiting thread when the owner dies. The death of a waiting thread has no effect.
public struct SharedMutex: SharedObject {
  // SAFETY: `object` keeps the state mapped, aligned to 64 bytes, and nothing but this mutex uses
  // it.
  public let object: SharedObjectMemory
  let mutex: RobustMutex

  public static var objectKind: SharedObjectKind { .mutex }

  /// Creates a mutex.
  ///
  /// - Parameters:
  ///   - place: The place of the mutex; by default, memory without a name.
  ///   - isRecursive: Whether the owner may lock the mutex again. It must unlock it the same number
  ///     of times.
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
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

  /// Runs a closure while this thread holds the mutex.
  ///
  /// - Parameters:
  ///   - timeout: The maximum time to wait for the mutex; 0 or less means a single attempt, nil
  ///     means no limit.
  ///   - repair: A closure that repairs the data that the mutex guards, if the last owner died. It
  ///     is called with the mutex locked. If it throws, the mutex can never be locked again.
  /// - Throws: ``LockError`` with code `timedOut`, `ownerDied`, `unrecoverable`, `alreadyLocked`;
  ///   or the error of a closure.
  /// - Complexity: No system call unless a thread waits.
  @inlinable
  public func withLock<Result>(
    timeout: Duration? = nil, _ body: () throws -> Result, repair: (() throws -> Void)? = nil
  ) throws -> Result {
    if try begin(timeout) { try recover(repair) }
    defer { end() }
    return try body()
  }

  /// Locks the mutex. Returns whether the last owner died.
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
    default: LockError(.corrupt, "Mutex", "pthread_mutex_lock failed with error \(code)")
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

  /// The state in which a thread finds the mutex that it has locked.
  public enum Acquisition: Sendable {
    /// The guarded data is intact.
    case acquired
    /// The last owner died. The caller must repair the data that the mutex guards and call
    /// ``SharedMutex/markRepaired()``. If it unlocks the mutex without that call, every later call
    /// gets `unrecoverable`.
    case ownerDied
  }

  /// Locks the mutex. The same thread must call ``unlock()``.
  ///
  /// - Parameter timeout: The maximum time to wait; 0 or less means a single attempt, nil means no
  ///   limit.
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

  /// Locks the mutex if no thread holds it.
  ///
  /// - Returns: The acquisition, or nil if another thread holds the mutex.
  /// - Throws: ``LockError`` with code `unrecoverable`, `alreadyLocked`.
  public func tryLock() throws(LockError) -> Acquisition? {
    do throws(LockError) { return try lock(timeout: .zero) } catch {
      if error.code == .timedOut { return nil }
      throw error
    }
  }

  /// Unlocks the mutex.
  ///
  /// - Throws: ``LockError`` with code `notOwner` if this thread does not hold it.
  public func unlock() throws(LockError) {
    do throws(SystemError) { try mutex.unlock() } catch {
      throw LockError(error.code == ErrorCode.notPermitted ? .notOwner : .corrupt, "Mutex")
    }
  }

  /// Marks the data that the mutex guards as repaired. Call this after ``Acquisition/ownerDied``
  /// and before ``unlock()``.
  ///
  /// - Throws: ``LockError`` with code `notOwner` if nothing had to be repaired.
  public func markRepaired() throws(LockError) {
    do throws(SystemError) { try mutex.makeConsistent() } catch { throw LockError(.notOwner, "Mutex") }
  }
}
