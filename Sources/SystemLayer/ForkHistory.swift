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
  package static func lock() { cshims_arena_lock() }
  package static func unlock() { cshims_arena_unlock() }

  /// The arena, for the holder of the lock.
  @unsafe package static var reference: UnsafeMutableRawPointer? {
    get { unsafe cshims_arena_slot().pointee }
    set { unsafe cshims_arena_slot().pointee = newValue }
  }
}
