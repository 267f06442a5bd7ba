internal import CSharedArraysShims
package import Synchronization

/// A value, and a lock of the threads of one process that also works in a process that was forked.
///
/// `Synchronization.Mutex` knows its owner by the thread's number, which it keeps, and which is that of another process's thread
/// in a forked child: there it ends the process as soon as two threads want it at once. A worker that was forked may well have
/// threads, those of a pool of its own for one.
///
/// A child that inherits a lock which was held finds it held for ever, as with any lock; who waits for it does so in a way by which
/// such a child is found out.
@safe package struct ForkableMutex<Value>: ~Copyable, @unchecked Sendable {
  // Why @unchecked: the value is used by the holder of the lock alone.

  /// 0 if it is free, 1 if it is held, 2 if somebody may be asleep till it is free.
  @usableFromInline let word: UnsafeMutablePointer<Atomic<UInt32>>
  @usableFromInline let value: UnsafeMutablePointer<Value>

  package init(_ value: consuming sending Value) {
    unsafe word = .allocate(capacity: 1)
    unsafe word.initialize(to: Atomic(0))
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
  }

  deinit {
    unsafe word.deallocate()
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
  }

  /// Runs `body` with the value while this thread alone holds the lock.
  ///
  /// - Precondition: this thread does not hold it already.
  @inlinable
  package borrowing func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if unsafe !word.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged {
      lockSlowly()
    }
    defer {
      if unsafe word.pointee.exchange(0, ordering: .releasing) == 2 { wake() }
    }
    // SAFETY: nobody else uses the value while this thread holds the lock.
    return try unsafe body(&value.pointee)
  }

  /// Looks for a moment, then sleeps. The corresponding C function is `futex` with `FUTEX_WAIT_PRIVATE`.
  @usableFromInline
  package borrowing func lockSlowly() {
    for _ in 0..<64 {
      spinPause()
      if unsafe word.pointee.load(ordering: .relaxed) == 0,
        unsafe word.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
      {
        return
      }
    }
    while unsafe word.pointee.exchange(2, ordering: .acquiring) != 0 {
      unsafe cshims_private_wait(UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self), 2)
    }
  }

  /// Wakes a thread that sleeps. The corresponding C function is `futex` with `FUTEX_WAKE_PRIVATE`.
  @usableFromInline
  package borrowing func wake() {
    unsafe cshims_private_wake(UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self))
  }
}
