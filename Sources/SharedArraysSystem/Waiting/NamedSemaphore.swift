internal import CSharedArraysShims

/// A semaphore that processes find by name, closed when its owner is destroyed.
///
/// ``POSIXSemaphoreHandle`` describes what a survivor finds. The name (the file /dev/shm/sem.NAME)
/// stays until it is unlinked, even when every process that used it has died. The contents of that
/// file are trusted: if another process truncates it, an access raises SIGBUS.
@safe package struct NamedSemaphore: ~Copyable, @unchecked Sendable {
  // Why @unchecked: the address never changes, and the memory behind it is made for sharing.

  // SAFETY: libc keeps the semaphore mapped until the deinit, and the address does not leave this
  // type.
  private let address: UnsafeMutableRawPointer

  /// Opens an existing semaphore; fails with `ENOENT` if it does not exist. The corresponding C
  /// function is `sem_open`.
  package init(opening name: String) throws(SystemError) {
    var address: UnsafeMutableRawPointer?
    _ = try systemCall("sem_open") { unsafe cshims_semaphore_open(name, &address) }
    unsafe self.address = address!
  }

  /// Creates a semaphore; fails with `EEXIST` if the name is taken. Only this user may open it. The
  /// corresponding C function is `sem_open` with `O_EXCL`.
  package init(creating name: String, value: Int) throws(SystemError) {
    var address: UnsafeMutableRawPointer?
    _ = try systemCall("sem_open") {
      unsafe cshims_semaphore_create(name, 0o600, UInt32(clamping: value), &address)
    }
    unsafe self.address = address!
  }

  deinit { _ = unsafe cshims_semaphore_close(address) }

  /// Removes a name. Processes that have opened it keep their semaphore. The corresponding C
  /// function is `sem_unlink`.
  package static func unlink(_ name: String) throws(SystemError) {
    _ = try systemCall("sem_unlink") { unsafe cshims_semaphore_unlink(name) }
  }

  /// See ``POSIXSemaphoreHandle/wait(until:)``.
  package borrowing func wait(until deadline: Deadline) throws(SystemError) -> Bool {
    try semaphore.wait(until: deadline)
  }

  /// See ``POSIXSemaphoreHandle/tryWait()``.
  package borrowing func tryWait() throws(SystemError) -> Bool { try semaphore.tryWait() }

  /// See ``POSIXSemaphoreHandle/post()``.
  package borrowing func post() throws(SystemError) { try semaphore.post() }

  /// The number of permits at this moment.
  package var value: Int { semaphore.value }

  private var semaphore: POSIXSemaphoreHandle { unsafe POSIXSemaphoreHandle(at: address) }
}
