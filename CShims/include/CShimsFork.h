/// What a fork changes for memory that parent and child share.
#ifndef CSHIMS_FORK_H
#define CSHIMS_FORK_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// How many forks of this process have begun, and how many have ended, whoever forks. Both are the same while none is
/// under way.
uint64_t cshims_begun_fork_count(void);
uint64_t cshims_ended_fork_count(void);

/// 0 in the first process, one more in each forked child: two processes that share objects by a fork have
/// different ones.
uint64_t cshims_process_generation(void);

/// What a process has once: its arena, the list of its workers, its places among the participants of shared objects.
enum { CSHIMS_ARENA_SLOT, CSHIMS_WORKERS_SLOT, CSHIMS_PARTICIPANTS_SLOT, CSHIMS_MAPPINGS_SLOT, CSHIMS_SEGMENTS_SLOT, CSHIMS_SLOT_COUNT };
/// The lock of a slot. A forked child finds it free.
void cshims_lock_slot(int slot);
void cshims_unlock_slot(int slot);

/// Where a slot's state is kept; null in the first process and in every forked child until it makes its own.
void *_Nullable *_Nonnull cshims_slot(int slot);

#pragma clang assume_nonnull end
#endif
