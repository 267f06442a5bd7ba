/// Locks that live in memory of the caller, shared between processes.
///
/// The caller places each object in memory of the stated size and alignment and keeps that mapped while
/// anyone uses it. `until` is a moment of the monotonic clock in nanoseconds (see `cshims_now`); one that has
/// passed makes the call try.
#ifndef CSHIMS_SYNC_H
#define CSHIMS_SYNC_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Robust mutexes. Relocking one that is not recursive is -EDEADLK, unlocking another's is -EPERM.
//
// The three locking calls return -EOWNERDEAD, and then hold the mutex, if its owner died; -ENOTRECOVERABLE,
// now and for ever, if an owner unlocked it after that without `cshims_mutex_make_consistent`.

size_t cshims_mutex_size(void);
size_t cshims_mutex_alignment(void);
int cshims_mutex_init(void *mutex, int recursive);
int cshims_mutex_lock(void *mutex);
int cshims_mutex_try_lock(void *mutex);                  // -EBUSY if it is held
int cshims_mutex_lock_until(void *mutex, int64_t until); // -ETIMEDOUT
int cshims_mutex_unlock(void *mutex);
// The same with nothing between: the error numbers are libc's, not negated.
int cshims_mutex_lock_directly(void *mutex);
int cshims_mutex_unlock_directly(void *mutex);
int cshims_mutex_make_consistent(void *mutex);
/// Whether the kind is that of a mutex which `cshims_mutex_init` has made.
int cshims_mutex_is_robust(const void *mutex, int recursive);
int cshims_mutex_destroy(void *mutex); // libc does not tell whether a robust mutex is held

// Semaphores. Nobody owns a permit: those of a dead process do not come back.

size_t cshims_semaphore_size(void);
size_t cshims_semaphore_alignment(void);
int cshims_semaphore_init(void *semaphore, unsigned value); // -EINVAL above SEM_VALUE_MAX
int cshims_semaphore_wait(void *semaphore);
int cshims_semaphore_try_wait(void *semaphore);                  // -EAGAIN if it is 0
int cshims_semaphore_wait_until(void *semaphore, int64_t until); // -ETIMEDOUT
int cshims_semaphore_post(void *semaphore);                      // -EOVERFLOW at SEM_VALUE_MAX
int cshims_semaphore_value(void *semaphore);
int cshims_semaphore_destroy(void *semaphore);

// The same with a name, without a leading slash, as the file /dev/shm/sem.NAME. The contents of that file are
// trusted.

int cshims_semaphore_open(const char *name, void *_Nullable *_Nonnull semaphore);
int cshims_semaphore_create(const char *name, uint32_t mode, unsigned value,
                            void *_Nullable *_Nonnull semaphore);
int cshims_semaphore_close(void *semaphore);
int cshims_semaphore_unlink(const char *name);

// Futexes, also between processes: an aligned word of 4 bytes.

/// Sleeps if the word is `expected`, else returns -EAGAIN. Returns 0 when woken, perhaps for nothing;
/// -ETIMEDOUT. INT64_MAX waits without limit.
int cshims_futex_wait(uint32_t *word, uint32_t expected, int64_t until);
enum { CSHIMS_MOST_FUTEX_WORDS = 128 };
/// Sleeps at several words while each is as expected, else returns -EAGAIN. Returns the index of one that was woken; -ETIMEDOUT.
/// -ENOSYS before Linux 5.16.
int cshims_futex_wait_any(
  uint32_t *_Nonnull const *_Nonnull words, const uint32_t *expected, int count, int64_t until);
/// Wakes up to `most` waiters; returns how many.
int cshims_futex_wake(uint32_t *word, int most);
/// Sleeps if the word, which is this process's alone, is `expected`, until it is woken, perhaps for nothing.
void cshims_private_wait(uint32_t *word, uint32_t expected);
/// Wakes one who sleeps there.
void cshims_private_wake(uint32_t *word);

#pragma clang assume_nonnull end
#endif
