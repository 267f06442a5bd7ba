internal import CSharedArraysShims

/// A mutex in shared memory that survives the death of its owner.
///
/// This is a handle: copies of it refer to the same mutex. The owner is a thread. A child forked by
/// the owner therefore does not hold it, and the critical section must not contain `await`, after
/// which code can continue on another thread.
///
/// A process that dies while it holds the mutex leaves the guarded data as it was at that moment.
/// The kernel wakes one waiter; without a waiter, the next thread to lock takes its role. That
/// thread holds the mutex and receives ``Outcome/ownerDied``. It repairs the data and calls
/// ``makeConsistent()``. If it only unlocks, every later attempt of any thread fails with
/// `ENOTRECOVERABLE`. If it dies before that, the next thread receives the same outcome. The death
/// of a waiter or of a past owner has no effect.
///
/// The corresponding C type is `pthread_mutex_t`, process-shared and robust.
@safe package struct RobustMutex: @unchecked Sendable {
  // Why @unchecked: the address never changes, and the memory behind it is made for sharing.

  /// The result of an attempt to lock.
  package enum Outcome: Sendable {
    /// The caller holds the mutex.
    case acquired
    /// The caller holds the mutex, and the previous owner died: the guarded data might be half
    /// changed.
    case ownerDied
    /// Another thread holds the mutex, and the deadline has passed.
    case unavailable
  }

  // SAFETY: `address` points to `byteCount` mapped bytes that hold a mutex, which is initialized
  // before its first use. The code that creates a handle keeps the bytes mapped while the handle is
  // used. Only the C functions below touch them.
  private let address: UnsafeMutableRawPointer

  /// The size of a mutex in bytes, at most 64.
  package static var byteCount: Int { cshims_mutex_size() }
  /// The alignment of a mutex's address, at most 64.
  package static var alignment: Int { cshims_mutex_alignment() }

  /// Creates a handle for an existing mutex.
  ///
  /// The memory must stay mapped while the handle is used. An owner must unlock before it unmaps:
  /// each thread has a list of the robust mutexes it holds, and an unmapped entry makes its next
  /// lock of any of them crash.
  package init(at address: UnsafeMutableRawPointer) {
    precondition(
      UInt(bitPattern: address) % UInt(Self.alignment) == 0, "A mutex must be at an aligned address.")
    unsafe self.address = address
  }

  /// Initializes a mutex in memory that holds none yet and that no other thread uses yet.
  ///
  /// - Parameter recursive: Whether the owner may lock the mutex again; it must then unlock as
  ///   often as it locked. Otherwise a second attempt of the owner fails with `EDEADLK`.
  ///
  /// The corresponding C function is `pthread_mutex_init`.
  package init(creatingAt address: UnsafeMutableRawPointer, recursive: Bool = false) throws(SystemError) {
    unsafe self.init(at: address)
    _ = try systemCall("pthread_mutex_init") { unsafe cshims_mutex_init(address, recursive ? 1 : 0) }
  }

  /// Locks the mutex, waiting until the deadline at most. With a deadline that has passed, this is
  /// the same as ``tryLock()``.
  ///
  /// - Throws: `ENOTRECOVERABLE` if the guarded data was given up, `EDEADLK` if this thread holds
  ///   the mutex already, `EAGAIN` if a recursive mutex has been locked too often.
  ///
  /// The corresponding C functions are `pthread_mutex_lock` and `pthread_mutex_clocklock`.
  package func lock(until deadline: Deadline) throws(SystemError) -> Outcome {
    if deadline.isNever {
      return try outcome { () throws(SystemError) in
        try systemCall("pthread_mutex_lock") { unsafe cshims_mutex_lock(address) }
      }
    }
    return try outcome { () throws(SystemError) in
      try systemCall("pthread_mutex_clocklock") {
        unsafe cshims_mutex_lock_until(address, deadline.nanoseconds)
      }
    }
  }

  /// Locks the mutex, waiting for ever, by the shortest path. Returns 0, or the error number of
  /// `pthread_mutex_lock`. Faults are never injected here.
  package func lockDirectly() -> CInt { unsafe cshims_mutex_lock_directly(address) }

  /// Unlocks a mutex that this thread holds.
  package func unlockOwn() { _ = unsafe cshims_mutex_unlock_directly(address) }

  /// Returns whether the bytes at the address are those of a robust process-shared mutex. Locking
  /// anything else might wait for ever, or fail an assertion in libc.
  package func isRobust(recursive: Bool) -> Bool {
    unsafe cshims_mutex_is_robust(address, recursive ? 1 : 0) != 0
  }

  /// Locks the mutex if no thread holds it. The errors are those of ``lock(until:)``. The
  /// corresponding C function is `pthread_mutex_trylock`, without a defect of it that the C shim
  /// explains.
  package func tryLock() throws(SystemError) -> Outcome {
    try outcome { () throws(SystemError) in
      try systemCall("pthread_mutex_trylock") { unsafe cshims_mutex_try_lock(address) }
    }
  }

  /// Unlocks the mutex. Faults are never injected here, because releasing needs no resource that
  /// could run out.
  ///
  /// - Throws: `EPERM` if this thread does not hold the mutex.
  ///
  /// The corresponding C function is `pthread_mutex_unlock`.
  package func unlock() throws(SystemError) {
    let result = unsafe cshims_mutex_unlock(address)
    if result < 0 { throw SystemError(call: "pthread_mutex_unlock", code: -result) }
  }

  /// Marks the guarded data as repaired, after ``Outcome/ownerDied`` and before ``unlock()``.
  ///
  /// - Throws: `EINVAL` if no repair is pending.
  ///
  /// The corresponding C function is `pthread_mutex_consistent`.
  package func makeConsistent() throws(SystemError) {
    _ = try systemCall("pthread_mutex_consistent") { unsafe cshims_mutex_make_consistent(address) }
  }

  /// Destroys the mutex. No thread may hold it or wait for it any more. The corresponding C
  /// function is `pthread_mutex_destroy`.
  package func destroy() {
    _ = unsafe cshims_mutex_destroy(address)
  }

  private func outcome(_ lock: () throws(SystemError) -> CInt) throws(SystemError) -> Outcome {
    do {
      _ = try lock()
      return .acquired
    } catch let error where error.code == ErrorCode.ownerDead {
      return .ownerDied
    } catch let error where error.code == ErrorCode.busy || error.code == ErrorCode.timedOut {
      return .unavailable
    }
  }
}
