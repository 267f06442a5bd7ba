/// What a fork changes for memory that parent and child share.
#ifndef CSHIMS_FORK_H
#define CSHIMS_FORK_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// A number that every fork of this process changes, whoever forks, before it and after it.
uint64_t cshims_fork_count(void);

/// 0 in the first process, one more in each forked child: two processes that share objects by a fork have
/// different ones.
uint64_t cshims_process_generation(void);

/// What a process has once: its arena, and the list of its workers.
enum { CSHIMS_ARENA_SLOT, CSHIMS_WORKERS_SLOT, CSHIMS_SLOT_COUNT };
/// The lock of a slot. A forked child finds it free.
void cshims_lock_slot(int slot);
void cshims_unlock_slot(int slot);

/// Where a slot's state is kept; null in the first process and in every forked child until it makes its own.
void *_Nullable *_Nonnull cshims_slot(int slot);

#pragma clang assume_nonnull end
#endif
