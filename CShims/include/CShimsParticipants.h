/// What tells the processes that share an object which of them live: a lock on one byte of the object's file, which
/// the kernel drops when its holder ends, however it ends.
///
/// The locks of a process on one file belong to one open file description of its own, its *life file*: a forked child
/// must not keep its parent's locks, so it finds a fresh description under the same number.
#ifndef CSHIMS_PARTICIPANTS_H
#define CSHIMS_PARTICIPANTS_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// A number that no other process has, not even a forked child: 64 random bits, never 0.
uint64_t cshims_process_cookie(void);

/// The life file for an object of the file `device`, `inode`, with one more user; -ENOENT if there is none yet.
int cshims_use_life_file(uint64_t device, uint64_t inode);
/// Makes `descriptor`, which the caller gives away, the life file with one user, unless there is one by now.
int cshims_add_life_file(uint64_t device, uint64_t inode, int descriptor);
/// Takes a user away; the last one closes the life file, and with it all its locks.
void cshims_drop_life_file(uint64_t device, uint64_t inode);

/// Another description of the file behind a descriptor, whoever opened that.
int cshims_reopen(int descriptor);

int cshims_unlock_byte(int descriptor, int64_t offset);
/// 1 if another open file description holds the lock of the byte, else 0.
int cshims_is_byte_locked(int descriptor, int64_t offset);

/// Lets `*word` become `value` when this process ends by `exit` or as a worker does; not in its children. -ENOMEM.
int cshims_at_end(uint64_t *word, uint64_t value);
void cshims_not_at_end(uint64_t *word);
/// Does what `cshims_at_end` has promised.
void cshims_tell_end(void);

#pragma clang assume_nonnull end
#endif
