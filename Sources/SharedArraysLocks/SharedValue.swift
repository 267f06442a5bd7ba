public import SharedArraysMemory
internal import SharedArraysSystem
public import SharedArraysTransfer
internal import Synchronization

/// A value in shared memory, guarded by a lock.
///
///     let total = try SharedValue(0)
///     try total.withLock { $0 += 1 }
///
/// **When a process dies** in the middle of a change, the value is what it was before the change.
/// The object stores two copies of the value. A change is written to the copy that is not in use,
/// which then becomes the value by a single store. The value is therefore never half changed, and
/// nothing has to be repaired.
public struct SharedValue<Value: BitwiseTransferable>: SharedObject {
  public let object: SharedObjectMemory
  @usableFromInline let mutex: SharedMutexCore

  public static var objectKind: SharedObjectKind { .value }

  /// Creates a value.
  ///
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  public init(_ value: Value, _ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    let layout = (MemoryLayout<Value>.size, Int(truncatingIfNeeded: TypeFingerprint.of(Value.self)))
    object = try unsafe SharedObjectMemory.create(
      place, .value, byteCount: Self.byteCount, parameters: layout
    ) {
      (state) throws(SharedMemoryError) in
      try unsafe SharedMutexCore.create(at: state)
      unsafe withUnsafeBytes(of: value) { bytes in
        if let start = bytes.baseAddress {
          unsafe (state + Self.firstCopy).copyMemory(from: start, byteCount: bytes.count)
        }
      }
    }
    mutex = unsafe SharedMutexCore(at: object.state)
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(Self.byteCount, .value)
    mutex = unsafe SharedMutexCore(at: object.state)
    guard object.parameters.0 == MemoryLayout<Value>.size,
      object.parameters.1 == Int(truncatingIfNeeded: TypeFingerprint.of(Value.self)), mutex.isSound
    else {
      throw SharedMemoryError(
        .mismatch, name: object.memory.name, detail: "the value here is not of type \(Value.self)")
    }
  }

  // Layout: a mutex, the number of the copy in use, and two copies. Processes that alternate
  // transfer few cache lines: one for a small value, two for other values up to 32 bytes.
  @usableFromInline static var numberInUse: Int { SharedMutexCore.byteCount }
  @inlinable static var firstCopy: Int {
    let behind = numberInUse + 8
    return behind + 2 * copyStride <= 64 ? behind : 64
  }
  @inlinable static var copyStride: Int {
    let size = MemoryLayout<Value>.size
    return size <= 32 ? (size + 7) & ~7 : (size + 63) & ~63
  }
  private static var byteCount: Int { firstCopy + 2 * copyStride }

  @usableFromInline
  var inUse: Int {
    get { Int(unsafe object.word(at: Self.numberInUse).pointee.load(ordering: .acquiring) & 1) }
    nonmutating set {
      unsafe object.word(at: Self.numberInUse).pointee.store(UInt64(newValue), ordering: .releasing)
    }
  }

  @inlinable
  func copy(_ number: Int) -> UnsafeMutableRawPointer {
    unsafe object.state + Self.firstCopy + number &* Self.copyStride
  }

  /// Changes the value while no other process can. The value that `body` leaves in its argument is
  /// stored. If `body` throws, the value is unchanged.
  ///
  /// - Parameter timeout: The maximum time to wait for the lock; 0 or less means a single attempt,
  ///   nil means no limit.
  /// - Throws: ``LockError`` with code `timedOut` or `alreadyLocked`; `notOwner` in a child that
  ///   `body` has forked and that returns from it; or the error of `body`.
  /// - Complexity: No system call unless a process waits. The bytes are copied three times.
  @inlinable
  public func withLock<Result>(
    timeout: Duration? = nil, _ body: (inout Value) throws -> Result
  ) throws -> Result {
    try mutex.lock(timeout)
    defer { mutex.unlock() }
    let process = SharedMutexCore.process
    let number = inUse
    var value = read(number)
    let result = try body(&value)
    try SharedMutexCore.require(process, "Value")
    write(value, 1 - number)
    inUse = 1 - number
    return result
  }

  @inlinable
  func read(_ number: Int) -> Value {
    // SAFETY: each copy holds the bytes that `init` or `write` has stored, and copying the bytes of
    // a `BitwiseTransferable` value copies the value.
    unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { place in
      let start = unsafe place.baseAddress.unsafelyUnwrapped
      unsafe UnsafeMutableRawPointer(start).copyMemory(
        from: copy(number), byteCount: MemoryLayout<Value>.size)
      return unsafe start.move()
    }
  }

  @inlinable
  func write(_ value: Value, _ number: Int) {
    unsafe withUnsafeBytes(of: value) { bytes in
      if let start = bytes.baseAddress {
        unsafe copy(number).copyMemory(from: start, byteCount: MemoryLayout<Value>.size)
      }
    }
  }

  /// Returns the current value.
  ///
  /// - Throws: The same errors as ``withLock(timeout:_:)``.
  @inlinable
  public func load(timeout: Duration? = nil) throws -> Value { try withLock(timeout: timeout) { $0 } }

  /// Replaces the value.
  ///
  /// - Throws: The same errors as ``withLock(timeout:_:)``.
  @inlinable
  public func store(_ value: Value, timeout: Duration? = nil) throws {
    try withLock(timeout: timeout) { $0 = value }
  }
}

/// A mutex within another object. The death of its owner leaves nothing to repair, or only what the
/// object repairs itself.
@usableFromInline
struct SharedMutexCore: Sendable {
  private let mutex: RobustMutex

  #if arch(x86_64)
    @usableFromInline static var byteCount: Int { 40 }
  #else
    @usableFromInline static var byteCount: Int { 48 }
  #endif

  init(at address: UnsafeMutableRawPointer) { mutex = unsafe RobustMutex(at: address) }

  static func create(at address: UnsafeMutableRawPointer) throws(SharedMemoryError) {
    precondition(RobustMutex.byteCount <= byteCount, "The mutex of this C library does not fit its place.")
    do throws(SystemError) { _ = try unsafe RobustMutex(creatingAt: address) } catch {
      throw SharedMemoryError(.system, underlying: error)
    }
  }

  var isSound: Bool { mutex.isRobust(recursive: false) }

  /// Locks the mutex, and makes it consistent again if its owner died.
  ///
  /// - Returns: Whether the owner died.
  @usableFromInline
  @discardableResult
  func lock(_ timeout: Duration?) throws(LockError) -> Bool {
    // If the mutex was overwritten, libc would fail an assertion.
    guard isSound else { throw LockError(.corrupt, "Lock") }
    var code = timeout == nil ? mutex.lockDirectly() : 0
    if let timeout {
      do throws(SystemError) {
        let deadline = Deadline(after: timeout)
        switch deadline.hasPassed ? try mutex.tryLock() : try mutex.lock(until: deadline) {
        case .acquired: break
        case .ownerDied: code = ErrorCode.ownerDead
        case .unavailable: code = ErrorCode.timedOut
        }
      } catch { code = error.code }
    }
    if code == 0 { return false }
    switch code {
    case ErrorCode.ownerDead:
      try? mutex.makeConsistent()
      return true
    case ErrorCode.timedOut: throw LockError(.timedOut, "Lock")
    case ErrorCode.deadlock: throw LockError(.alreadyLocked, "Lock")
    default: throw LockError(.corrupt, "Lock", "pthread_mutex_lock failed with error \(code)")
    }
  }

  @usableFromInline
  func unlock() { mutex.unlockOwn() }

  // MARK: Forks in the middle

  /// A number that distinguishes this process from its forked children. A child does not hold what
  /// its parent had locked.
  @usableFromInline
  static var process: UInt64 { ForkCounters.generation }

  /// Checks that this is still the process that called ``process``.
  ///
  /// - Throws: `notOwner` in a child that was forked since then. Its parent also continues at this
  ///   point.
  @usableFromInline
  static func require(_ process: UInt64, _ object: String) throws(LockError) {
    if process != ForkCounters.generation {
      throw LockError(.notOwner, object, "this process was forked while its parent held it")
    }
  }
}
