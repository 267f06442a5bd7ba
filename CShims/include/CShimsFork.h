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

/// The lock of the arena. A forked child finds it free.
void cshims_arena_lock(void);
void cshims_arena_unlock(void);

/// Where the arena's state is kept; null in the first process and in every forked child until it makes its own.
void *_Nullable *_Nonnull cshims_arena_slot(void);

#pragma clang assume_nonnull end
#endif
