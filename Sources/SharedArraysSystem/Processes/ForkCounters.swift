internal import CSharedArraysShims

// SAFETY: `number` is one of the constants below, each an index into the static array of slots. The
// caller of `reference` holds the lock of the slot.

/// Fork counts of this process. They show whether a child might map memory that this process has
/// given out, and whether this process created an object itself.
package enum ForkCounters {
  /// The number of forks of this process that have ended, including forks by code outside this
  /// package. If the ``endedCount`` when memory was taken equals the ``begunCount`` when the memory
  /// is returned, no child maps it: no fork was in progress, and none has started since.
  package static var endedCount: UInt64 { cshims_ended_fork_count() }

  /// The number of forks of this process that have started, including forks by code outside this
  /// package.
  package static var begunCount: UInt64 { cshims_begun_fork_count() }

  /// A number that differs from that of every process whose objects this one has inherited.
  package static var generation: UInt64 { cshims_process_generation() }
}

/// A lock and a reference that exist once per process. A forked child finds the lock free and the
/// reference nil, regardless of the other threads of its parent.
package struct ProcessSlot: Sendable {
  private let number: CInt

  /// The arena of small arrays.
  package static let arena = ProcessSlot(number: CInt(CSHIMS_ARENA_SLOT))
  /// The workers of this process.
  package static let workers = ProcessSlot(number: CInt(CSHIMS_WORKERS_SLOT))
  /// The process's entries among the participants of shared objects; only the lock is used.
  package static let participants = ProcessSlot(number: CInt(CSHIMS_PARTICIPANTS_SLOT))

  /// The mappings that the process keeps of other processes' memory.
  package static let mappings = ProcessSlot(number: CInt(CSHIMS_MAPPINGS_SLOT))
  /// The temporary segments that the process has mapped by a name.
  package static let segments = ProcessSlot(number: CInt(CSHIMS_SEGMENTS_SLOT))

  package func lock() { cshims_lock_slot(number) }
  package func unlock() { cshims_unlock_slot(number) }

  /// The reference in the slot. The caller must hold the lock.
  @unsafe package var reference: UnsafeMutableRawPointer? {
    get { unsafe cshims_slot(number).pointee }
    nonmutating set { unsafe cshims_slot(number).pointee = newValue }
  }
}
