internal import CSharedArraysShims

/// The open file description by which this process proves that it is alive: it locks bytes of a
/// file, and the kernel releases the locks when the process ends, however it ends.
///
/// Each process has one per file, shared by all its users. In a forked child the same number refers
/// to a description of its own, without its parent's locks.
///
/// The corresponding C function is `fcntl` with `F_OFD_SETLK`.
package struct LivenessLock: ~Copyable, Sendable {
  private let identity: FileIdentity
  /// The descriptor. The number stays the same in a forked child and refers to the child's own
  /// description there.
  private let descriptor: CInt

  /// Creates or reuses the liveness file of an object.
  ///
  /// - Parameter open: Opens the file again, if this process has no liveness file of it yet.
  package init<Failure: Error>(
    of identity: FileIdentity, open: () throws(Failure) -> OwnedDescriptor
  ) throws(Failure) {
    self.identity = identity
    var number = cshims_use_liveness_file(identity.device, identity.inode)
    if number < 0 {
      let opened = try open()
      number = cshims_add_liveness_file(identity.device, identity.inode, opened.release())
      precondition(number >= 0, "No memory is left for the list of liveness files.")
    }
    descriptor = number
  }

  deinit { cshims_drop_liveness_file(identity.device, identity.inode) }

  /// Locks a byte for this process; returns false if another process holds it. Locking a byte that
  /// this process already holds succeeds.
  package borrowing func tryLock(_ offset: Int) throws(SystemError) -> Bool {
    let result = cshims_try_lock_byte(descriptor, Int64(offset))
    if result >= 0 { return true }
    if -result == ErrorCode.wouldBlock || -result == ErrorCode.accessDenied { return false }
    throw SystemError(call: "fcntl(F_OFD_SETLK)", code: -result)
  }

  /// Unlocks a byte. Faults are never injected here.
  package borrowing func unlock(_ offset: Int) { _ = cshims_unlock_byte(descriptor, Int64(offset)) }

  /// Returns whether another process holds the lock of a byte; true where the system does not
  /// report it.
  package borrowing func isLockedElsewhere(_ offset: Int) -> Bool {
    cshims_is_byte_locked(descriptor, Int64(offset)) != 0
  }
}

extension OwnedDescriptor {
  /// Opens another description of the file, for reading and writing. The corresponding C function
  /// is `open` on /proc/self/fd.
  package func reopened() throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open") { cshims_reopen(rawValue) })
  }
}

/// An identity that distinguishes this process from every other, including its forked children.
package enum ProcessIdentity {
  /// 64 random bits, never 0.
  package static var own: UInt64 { cshims_process_cookie() }

  /// Stores `value` to a word of shared memory when this process ends in an orderly way: by `exit`,
  /// or as a worker that has finished its work.
  @unsafe package static func atEnd(_ word: UnsafeMutablePointer<UInt64>, becomes value: UInt64) {
    // SAFETY: the caller keeps the word mapped until it calls `notAtEnd(_:)` or the process ends.
    _ = unsafe cshims_at_end(word, value)
  }

  /// Cancels ``atEnd(_:becomes:)``.
  @unsafe package static func notAtEnd(_ word: UnsafeMutablePointer<UInt64>) {
    // SAFETY: the word's address is compared and not dereferenced.
    unsafe cshims_not_at_end(word)
  }
}
