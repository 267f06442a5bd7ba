/// Fork counts, and per-process state that a forked child must not share with its parent.
#ifndef CSHIMS_FORK_H
#define CSHIMS_FORK_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// The number of forks of this process that have started, and the number that have ended, including
/// forks by code outside this package. The two are equal while no fork is in progress.
uint64_t cshims_begun_fork_count(void);
uint64_t cshims_ended_fork_count(void);

/// 0 in the first process, one more in each forked child. Two processes that share objects through
/// a fork have different generations.
uint64_t cshims_process_generation(void);

/// The state that a process has once: its arena, the list of its workers, its entries among the
/// participants of shared objects, its cached mappings, and its temporary segments.
enum { CSHIMS_ARENA_SLOT, CSHIMS_WORKERS_SLOT, CSHIMS_PARTICIPANTS_SLOT, CSHIMS_MAPPINGS_SLOT, CSHIMS_SEGMENTS_SLOT, CSHIMS_SLOT_COUNT };
/// Locks or unlocks a slot. A forked child finds the lock free.
void cshims_lock_slot(int slot);
void cshims_unlock_slot(int slot);

/// Returns the place that holds a slot's state. The state is null in the first process, and in
/// every forked child, until that process sets its own.
void *_Nullable *_Nonnull cshims_slot(int slot);

#pragma clang assume_nonnull end
#endif
