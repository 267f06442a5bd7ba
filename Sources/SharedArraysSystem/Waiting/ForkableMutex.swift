internal import CSharedArraysShims
package import Synchronization

/// A value protected by a lock for the threads of one process. The lock also works in forked
/// children.
///
/// `Synchronization.Mutex` identifies its owner by a thread number, which it caches. In a forked
/// child the cached number is that of a thread of another process, and the process traps as soon as
/// two threads contend for the mutex. A forked worker can well have threads, for example those of
/// its own pool.
///
/// A child that inherits a held lock finds it held for ever, as with any lock. A thread that waits
/// for it does so in a way that lets such a child be detected.
@safe package struct ForkableMutex<Value>: ~Copyable, @unchecked Sendable {
  // Why @unchecked: only the holder of the lock uses the value.

  /// The lock's state: 0 if it is free, 1 if it is held, 2 if it is held and a thread might be
  /// asleep until it is free.
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

  /// Runs `body` with the value while this thread holds the lock.
  ///
  /// - Precondition: This thread does not already hold the lock.
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
    // SAFETY: no other thread uses the value while this thread holds the lock.
    return try unsafe body(&value.pointee)
  }

  /// Spins briefly, then sleeps. The corresponding C function is `futex` with `FUTEX_WAIT_PRIVATE`.
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
