internal import CSharedArraysShims

/// A counting semaphore in shared memory.
///
/// This is a handle: copies of it refer to the same semaphore.
///
/// A permit has no owner. The permits of a process that dies are lost: the survivors find the value
/// lower by their number for ever, unless a survivor knows the number and posts it. A waiter that
/// dies asleep leaves the value as it is. A waiter that dies between being woken and taking its
/// permit leaves the permit, but no other sleeper is woken for it. Where processes might die, wait
/// in turns with deadlines, since each new wait checks the value first.
///
/// The corresponding C type is `sem_t`, process-shared.
@safe package struct POSIXSemaphoreHandle: @unchecked Sendable {
  // Why @unchecked: the address never changes, and the memory behind it is made for sharing.

  // SAFETY: `address` points to `byteCount` mapped bytes that hold a semaphore, which is
  // initialized before its first use. The code that creates a handle keeps the bytes mapped while
  // the handle is used. Only the C functions below touch them.
  private let address: UnsafeMutableRawPointer

  /// The size of a semaphore in bytes, at most 64.
  package static var byteCount: Int { cshims_semaphore_size() }
  /// The alignment of a semaphore's address, at most 64.
  package static var alignment: Int { cshims_semaphore_alignment() }

  /// Creates a handle for an existing semaphore. The memory must stay mapped while the handle is
  /// used.
  package init(at address: UnsafeMutableRawPointer) {
    precondition(
      UInt(bitPattern: address) % UInt(Self.alignment) == 0, "A semaphore must be at an aligned address.")
    unsafe self.address = address
  }

  /// Initializes a semaphore in memory that holds none yet and that no other thread uses yet.
  ///
  /// - Throws: `EINVAL` if the value is larger than a semaphore can count (2,147,483,647).
  ///
  /// The corresponding C function is `sem_init`.
  package init(creatingAt address: UnsafeMutableRawPointer, value: Int) throws(SystemError) {
    unsafe self.init(at: address)
    _ = try systemCall("sem_init") { unsafe cshims_semaphore_init(address, UInt32(clamping: value)) }
  }

  /// Takes a permit, waiting until the deadline at most. Returns false if none was available in
  /// time.
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

  /// Takes a permit if one is available. The corresponding C function is `sem_trywait`.
  package func tryWait() throws(SystemError) -> Bool {
    do {
      _ = try systemCall("sem_trywait") { unsafe cshims_semaphore_try_wait(address) }
      return true
    } catch let error where error.code == ErrorCode.wouldBlock {
      return false
    }
  }

  /// Adds a permit. Faults are never injected here, because releasing needs no resource that could
  /// run out.
  ///
  /// - Throws: `EOVERFLOW` if the value is the largest one.
  ///
  /// The corresponding C function is `sem_post`.
  package func post() throws(SystemError) {
    let result = unsafe cshims_semaphore_post(address)
    if result < 0 { throw SystemError(call: "sem_post", code: -result) }
  }

  /// The number of permits at this moment. The corresponding C function is `sem_getvalue`.
  package var value: Int { Int(unsafe cshims_semaphore_value(address)) }

  /// Destroys the semaphore. No thread may wait for it any more. The corresponding C function is
  /// `sem_destroy`.
  package func destroy() {
    _ = unsafe cshims_semaphore_destroy(address)
  }
}
