internal import CSharedArraysShims

/// A counting semaphore in shared memory.
///
/// This is a handle: copies of it mean the same semaphore.
///
/// Nobody owns a permit. A process that dies while it holds some takes them along: the survivors find the
/// value lower by that many for ever, unless one of them knows the number and posts it. A waiter that dies
/// asleep leaves the value as it is. One that dies between being woken and taking its permit leaves the
/// permit, but no other sleeper is woken for it; so where processes may die, wait with deadlines and in
/// turns, since each new wait looks at the value first.
///
/// The corresponding C type is `sem_t`, process-shared.
@safe package struct PosixSemaphore: @unchecked Sendable {
  // Why @unchecked: the address never changes, and what is there is for threads to share.

  // SAFETY: from its creation on, `byteCount` mapped bytes with an initialized semaphore are here; whoever
  // makes a handle promises to keep them mapped while the handle is used. Only the C functions below touch
  // them.
  private let address: UnsafeMutableRawPointer

  /// Bytes that a semaphore takes, at most 64.
  package static var byteCount: Int { cshims_semaphore_size() }
  /// What the address of a semaphore is a multiple of, at most 64.
  package static var alignment: Int { cshims_semaphore_alignment() }

  /// A handle for an existing semaphore; the memory must stay mapped while this is used.
  package init(at address: UnsafeMutableRawPointer) {
    precondition(
      UInt(bitPattern: address) % UInt(Self.alignment) == 0, "A semaphore lies on an aligned address.")
    unsafe self.address = address
  }

  /// Makes a semaphore in memory that holds none yet and that nobody else uses yet.
  ///
  /// - Throws: `EINVAL` if the value is larger than a semaphore can count (2,147,483,647).
  ///
  /// The corresponding C function is `sem_init`.
  package init(creatingAt address: UnsafeMutableRawPointer, value: Int) throws(SystemError) {
    unsafe self.init(at: address)
    _ = try systemCall("sem_init") { unsafe cshims_semaphore_init(address, UInt32(clamping: value)) }
  }

  /// Takes a permit, waiting until the deadline at most; false if there was none in time.
  ///
  /// The corresponding C functions are `sem_wait` and `sem_clockwait`.
  package func wait(until deadline: Deadline) throws(SystemError) -> Bool {
    if deadline.isNever {
      _ = try systemCall("sem_wait") { unsafe cshims_semaphore_wait(address) }
      return true
    }
    do {
      _ = try systemCall("sem_clockwait") {
        unsafe cshims_semaphore_wait_until(address, deadline.nanoseconds)
      }
      return true
    } catch let error where error.code == ErrorCode.timedOut {
      return false
    }
  }

  /// Takes a permit if there is one. The corresponding C function is `sem_trywait`.
  package func tryWait() throws(SystemError) -> Bool {
    do {
      _ = try systemCall("sem_trywait") { unsafe cshims_semaphore_try_wait(address) }
      return true
    } catch let error where error.code == ErrorCode.wouldBlock {
      return false
    }
  }

  /// Adds a permit. No fault is ever injected here: nothing that could run out is needed to let go.
  ///
  /// - Throws: `EOVERFLOW` if the value is the largest one.
  ///
  /// The corresponding C function is `sem_post`.
  package func post() throws(SystemError) {
    let result = unsafe cshims_semaphore_post(address)
    if result < 0 { throw SystemError(call: "sem_post", code: -result) }
  }

  /// Permits at this moment. The corresponding C function is `sem_getvalue`.
  package var value: Int { Int(unsafe cshims_semaphore_value(address)) }

  /// Ends the semaphore; nobody may wait for it any more. The corresponding C function is `sem_destroy`.
  package func destroy() {
    _ = unsafe cshims_semaphore_destroy(address)
  }
}
