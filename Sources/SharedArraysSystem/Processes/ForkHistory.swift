internal import CSharedArraysShims

/// What a process can tell about forks: whether memory it has given out may be mapped by a child, and whether
/// an object was made by itself.
package enum ForkHistory {
  /// How many forks of this process have ended, whoever forks. Memory that was taken at one ``endedCount`` and is given
  /// back at the same ``begunCount`` is in no child's hands: no fork was under way, and none has begun since.
  package static var endedCount: UInt64 { cshims_ended_fork_count() }

  /// How many forks of this process have begun, whoever forks.
  package static var begunCount: UInt64 { cshims_begun_fork_count() }

  /// A number that differs from that of every process whose objects this one has inherited.
  package static var generation: UInt64 { cshims_process_generation() }
}

/// A lock and a reference that a process has once. A forked child finds the lock free and no reference, whatever other
/// threads of its parent were doing.
package struct ProcessSlot: Sendable {
  private let number: CInt

  /// The arena of small arrays.
  package static let arena = ProcessSlot(number: CInt(CSHIMS_ARENA_SLOT))
  /// The workers of this process.
  package static let workers = ProcessSlot(number: CInt(CSHIMS_WORKERS_SLOT))
  /// Its places among the participants of shared objects: a lock alone.
  package static let participants = ProcessSlot(number: CInt(CSHIMS_PARTICIPANTS_SLOT))

  /// What it keeps mapped of other processes.
  package static let mappings = ProcessSlot(number: CInt(CSHIMS_MAPPINGS_SLOT))
  /// The temporary segments that it has mapped by a name.
  package static let segments = ProcessSlot(number: CInt(CSHIMS_SEGMENTS_SLOT))

  package func lock() { cshims_lock_slot(number) }
  package func unlock() { cshims_unlock_slot(number) }

  /// What the slot holds, for the holder of the lock.
  @unsafe package var reference: UnsafeMutableRawPointer? {
    get { unsafe cshims_slot(number).pointee }
    nonmutating set { unsafe cshims_slot(number).pointee = newValue }
  }
}
