/// Liveness of the processes that share an object: each process locks one byte of the object's
/// file, and the kernel releases the lock when the process ends, however it ends.
///
/// All locks of a process on one file belong to one open file description, its *liveness file*. A
/// forked child must not keep its parent's locks, so it finds a new description under the same
/// number.
#ifndef CSHIMS_PARTICIPANTS_H
#define CSHIMS_PARTICIPANTS_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Returns a number that no other process has, not even a forked child: 64 random bits, never 0.
uint64_t cshims_process_cookie(void);

/// Returns the descriptor of the liveness file for the file `device`, `inode`, and adds a user;
/// -ENOENT if this process has no liveness file for it yet.
int cshims_use_liveness_file(uint64_t device, uint64_t inode);
/// Makes `descriptor` the liveness file, with one user, and takes ownership of it. If a liveness
/// file has been added in the meantime, closes `descriptor` and adds a user to the existing one.
/// Returns the liveness file's descriptor; -ENOMEM.
int cshims_add_liveness_file(uint64_t device, uint64_t inode, int descriptor);
/// Removes a user. Removing the last one closes the liveness file, which releases all its locks.
void cshims_drop_liveness_file(uint64_t device, uint64_t inode);

/// Opens another description of the file behind a descriptor, for reading and writing.
int cshims_reopen(int descriptor);

int cshims_unlock_byte(int descriptor, int64_t offset);
/// Returns 1 if another open file description holds the lock of the byte, 0 otherwise.
int cshims_is_byte_locked(int descriptor, int64_t offset);

/// Stores `value` to `*word` when this process ends by `exit` or as a worker does. Forked children
/// do not inherit this. -ENOMEM.
int cshims_at_end(uint64_t *word, uint64_t value);
void cshims_not_at_end(uint64_t *word);
/// Performs the stores registered with `cshims_at_end`.
void cshims_tell_end(void);

#pragma clang assume_nonnull end
#endif
