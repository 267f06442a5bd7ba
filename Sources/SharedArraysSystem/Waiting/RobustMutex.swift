internal import CSharedArraysShims

/// A mutex in shared memory that outlives the death of its owner.
///
/// This is a handle: copies of it mean the same mutex. The owner is a thread, so a child forked by the owner
/// does not hold it, and code that may go on in another thread (`await`) must not be inside.
///
/// A process that dies while it holds the mutex leaves what the mutex guards as it was at that moment. The
/// kernel wakes one waiter, or the next thread to come: it holds the mutex and is told ``Outcome/ownerDied``.
/// It repairs the data and calls ``makeConsistent()``, or just unlocks, and then every later attempt of
/// anyone fails with `ENOTRECOVERABLE`. If it dies meanwhile, the next one is told the same. Neither the
/// death of a waiter nor that of a past owner has any effect.
///
/// The corresponding C type is `pthread_mutex_t`, process-shared and robust.
@safe package struct RobustMutex: @unchecked Sendable {
  // Why @unchecked: the address never changes, and what is there is for threads to share.

  /// The answer to an attempt to lock.
  package enum Outcome: Sendable {
    /// The caller holds the mutex.
    case acquired
    /// The caller holds the mutex, and the owner before it died: the guarded data may be half changed.
    case ownerDied
    /// Another thread holds the mutex, and the time is up.
    case unavailable
  }

  // SAFETY: from its creation on, `byteCount` mapped bytes with an initialized mutex are here; whoever makes
  // a handle promises to keep them mapped while the handle is used. Only the C functions below touch them.
  private let address: UnsafeMutableRawPointer

  /// Bytes that a mutex takes, at most 64.
  package static var byteCount: Int { cshims_mutex_size() }
  /// What the address of a mutex is a multiple of, at most 64.
  package static var alignment: Int { cshims_mutex_alignment() }

  /// A handle for an existing mutex.
  ///
  /// The memory must stay mapped while this is used. An owner unlocks before it unmaps: each thread has a
  /// list of the robust mutexes it holds, and one that is no longer there makes its next lock of any of them
  /// crash.
  package init(at address: UnsafeMutableRawPointer) {
    precondition(
      UInt(bitPattern: address) % UInt(Self.alignment) == 0, "A mutex lies on an aligned address.")
    unsafe self.address = address
  }

  /// Makes a mutex in memory that holds none yet and that nobody else uses yet.
  ///
  /// - Parameter recursive: whether the owner may lock it again; it then unlocks as many times. Otherwise a
  ///   second attempt of the owner fails with `EDEADLK`.
  ///
  /// The corresponding C function is `pthread_mutex_init`.
  package init(creatingAt address: UnsafeMutableRawPointer, recursive: Bool = false) throws(SystemError) {
    unsafe self.init(at: address)
    _ = try systemCall("pthread_mutex_init") { unsafe cshims_mutex_init(address, recursive ? 1 : 0) }
  }

  /// Locks the mutex, waiting until the deadline at most; a deadline that has passed makes this
  /// ``tryLock()``.
  ///
  /// - Throws: `ENOTRECOVERABLE` if the guarded data was given up, `EDEADLK` if this thread holds the mutex
  ///   already, `EAGAIN` if a recursive mutex has been locked too often.
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

  /// Locks the mutex, waiting for ever, by the shortest way; 0, or the error number as ``lock(until:)`` tells it. No fault is ever
  /// injected here.
  package func lockDirectly() -> CInt { unsafe cshims_mutex_lock_directly(address) }

  /// Unlocks a mutex that this thread holds.
  package func unlockOwn() { _ = unsafe cshims_mutex_unlock_directly(address) }

  /// Whether the bytes here are those of a robust mutex that processes share: anything else may wait for ever, or end in libc's
  /// assertions.
  package func isRobust(recursive: Bool) -> Bool {
    unsafe cshims_mutex_is_robust(address, recursive ? 1 : 0) != 0
  }

  /// Locks the mutex if nobody holds it. Errors are those of ``lock(until:)``. The corresponding C function
  /// is `pthread_mutex_trylock`, without a defect of it that the C shim explains.
  package func tryLock() throws(SystemError) -> Outcome {
    try outcome { () throws(SystemError) in
      try systemCall("pthread_mutex_trylock") { unsafe cshims_mutex_try_lock(address) }
    }
  }

  /// Unlocks the mutex. No fault is ever injected here: nothing that could run out is needed to let go.
  ///
  /// - Throws: `EPERM` if this thread does not hold the mutex.
  ///
  /// The corresponding C function is `pthread_mutex_unlock`.
  package func unlock() throws(SystemError) {
    let result = unsafe cshims_mutex_unlock(address)
    if result < 0 { throw SystemError(call: "pthread_mutex_unlock", code: -result) }
  }

  /// Declares the guarded data repaired, after ``Outcome/ownerDied`` and before ``unlock()``.
  ///
  /// - Throws: `EINVAL` if there is nothing to repair.
  ///
  /// The corresponding C function is `pthread_mutex_consistent`.
  package func makeConsistent() throws(SystemError) {
    _ = try systemCall("pthread_mutex_consistent") { unsafe cshims_mutex_make_consistent(address) }
  }

  /// Ends the mutex; nobody may hold or want it any more. The corresponding C function is
  /// `pthread_mutex_destroy`.
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
