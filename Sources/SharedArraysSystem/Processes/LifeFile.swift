internal import CSharedArraysShims

/// The open file description by which this process proves that it lives: it locks bytes of a file, and the kernel drops the
/// locks when the process ends, however it ends.
///
/// There is one for each file and process, whoever asks for it. A forked child finds one of its own, without its parent's
/// locks, in the place of its parent's.
///
/// The corresponding C function is `fcntl` with `F_OFD_SETLK`.
package struct LifeFile: ~Copyable, Sendable {
  private let identity: FileIdentity
  /// The number stays the same in a forked child, and leads to its own description there.
  private let descriptor: CInt

  /// The life file of an object.
  ///
  /// - Parameter open: opens the file anew, if this process has no life file of it yet.
  package init<Failure: Error>(
    of identity: FileIdentity, open: () throws(Failure) -> OwnedDescriptor
  ) throws(Failure) {
    self.identity = identity
    var number = cshims_use_life_file(identity.device, identity.inode)
    if number < 0 {
      let opened = try open()
      number = cshims_add_life_file(identity.device, identity.inode, opened.release())
      precondition(number >= 0, "There is memory for a few more numbers.")
    }
    descriptor = number
  }

  deinit { cshims_drop_life_file(identity.device, identity.inode) }

  /// Locks a byte for this process; false if another process has it. A process can lock a byte again and again.
  package borrowing func tryLock(_ offset: Int) throws(SystemError) -> Bool {
    let result = cshims_try_lock_byte(descriptor, Int64(offset))
    if result >= 0 { return true }
    if -result == ErrorCode.wouldBlock || -result == ErrorCode.accessDenied { return false }
    throw SystemError(call: "fcntl(F_OFD_SETLK)", code: -result)
  }

  /// Gives a byte back. No fault is ever injected here.
  package borrowing func unlock(_ offset: Int) { _ = cshims_unlock_byte(descriptor, Int64(offset)) }

  /// Whether another process holds the lock of a byte; true where the system does not tell.
  package borrowing func isLockedElsewhere(_ offset: Int) -> Bool {
    cshims_is_byte_locked(descriptor, Int64(offset)) != 0
  }
}

extension OwnedDescriptor {
  /// Another open file description of a file, for reading and writing. The corresponding C function is `open` on
  /// /proc/self/fd.
  package func reopened() throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try systemCall("open") { cshims_reopen(rawValue) })
  }
}

/// What tells this process from every other, also from its forked children.
package enum ProcessCookie {
  /// 64 random bits, never 0.
  package static var own: UInt64 { cshims_process_cookie() }

  /// Lets a word of shared memory become `value` when this process ends in an orderly way: by `exit`, or as a worker that
  /// has done its work.
  @unsafe package static func atEnd(_ word: UnsafeMutablePointer<UInt64>, becomes value: UInt64) {
    _ = unsafe cshims_at_end(word, value)
  }

  /// Takes ``atEnd(_:becomes:)`` back.
  @unsafe package static func notAtEnd(_ word: UnsafeMutablePointer<UInt64>) {
    unsafe cshims_not_at_end(word)
  }
}
