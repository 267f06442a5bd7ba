internal import CShims

/// What a process can tell about forks: whether memory it has given out may be mapped by a child, and whether
/// an object was made by itself.
package enum ForkHistory {
  /// A number that every fork of this process changes, whoever forks. Memory that was taken and given back
  /// under the same number is in no child's hands.
  package static var forkCount: UInt64 { cshims_fork_count() }

  /// A number that differs from that of every process whose objects this one has inherited.
  package static var generation: UInt64 { cshims_process_generation() }
}

/// The one lock and the one reference of this process's arena. A forked child finds the lock free and no arena,
/// whatever other threads of its parent were doing.
package enum ArenaSlot {
  /// Runs `body` under the lock, with the reference to change.
  package static func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout UnsafeMutableRawPointer?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    cshims_arena_lock()
    defer { cshims_arena_unlock() }
    return try unsafe body(&cshims_arena_slot().pointee)
  }
}
