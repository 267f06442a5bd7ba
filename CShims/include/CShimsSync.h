/// Locks in the caller's memory that processes can share.
///
/// The caller places each object in memory of the stated size and alignment and keeps that memory
/// mapped while the object is used. `until` is a time of the monotonic clock in nanoseconds (see
/// `cshims_now`). If it has passed, the call only tries.
#ifndef CSHIMS_SYNC_H
#define CSHIMS_SYNC_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Robust mutexes. Relocking a mutex that is not recursive is -EDEADLK, unlocking a mutex that
// another thread holds is -EPERM.
//
// The three locking calls return -EOWNERDEAD, and then hold the mutex, if its owner died. They
// return -ENOTRECOVERABLE, now and for ever, if an owner then unlocked it without
// `cshims_mutex_make_consistent`.

size_t cshims_mutex_size(void);
size_t cshims_mutex_alignment(void);
int cshims_mutex_init(void *mutex, int recursive);
int cshims_mutex_lock(void *mutex);
int cshims_mutex_try_lock(void *mutex);                  // -EBUSY if it is held
int cshims_mutex_lock_until(void *mutex, int64_t until); // -ETIMEDOUT
int cshims_mutex_unlock(void *mutex);
// The libc functions without error conversion: the error numbers are positive.
int cshims_mutex_lock_directly(void *mutex);
int cshims_mutex_unlock_directly(void *mutex);
int cshims_mutex_make_consistent(void *mutex);
/// Returns whether the mutex is of the kind that `cshims_mutex_init` creates.
int cshims_mutex_is_robust(const void *mutex, int recursive);
int cshims_mutex_destroy(void *mutex); // libc does not report whether a robust mutex is held

// Semaphores. A permit has no owner: the permits of a dead process are lost.

size_t cshims_semaphore_size(void);
size_t cshims_semaphore_alignment(void);
int cshims_semaphore_init(void *semaphore, unsigned value); // -EINVAL above SEM_VALUE_MAX
int cshims_semaphore_wait(void *semaphore);
int cshims_semaphore_try_wait(void *semaphore);                  // -EAGAIN if it is 0
int cshims_semaphore_wait_until(void *semaphore, int64_t until); // -ETIMEDOUT
int cshims_semaphore_post(void *semaphore);                      // -EOVERFLOW at SEM_VALUE_MAX
int cshims_semaphore_value(void *semaphore);
int cshims_semaphore_destroy(void *semaphore);

// Named semaphores: the name has no leading slash, and the file is /dev/shm/sem.NAME. The contents
// of that file are trusted.

int cshims_semaphore_open(const char *name, void *_Nullable *_Nonnull semaphore);
int cshims_semaphore_create(const char *name, uint32_t mode, unsigned value,
                            void *_Nullable *_Nonnull semaphore);
int cshims_semaphore_close(void *semaphore);
int cshims_semaphore_unlink(const char *name);

// Futexes, also between processes: an aligned 4-byte word.

/// Sleeps if the word is `expected`, otherwise returns -EAGAIN. Returns 0 when woken, possibly
/// spuriously; -ETIMEDOUT. INT64_MAX waits without limit.
int cshims_futex_wait(uint32_t *word, uint32_t expected, int64_t until);
enum { CSHIMS_MOST_FUTEX_WORDS = 128 };
/// Sleeps on several words while each has its expected value, otherwise returns -EAGAIN. Returns
/// the index of a word that was woken; -ETIMEDOUT. -ENOSYS before Linux 5.16.
int cshims_futex_wait_any(
  uint32_t *_Nonnull const *_Nonnull words, const uint32_t *expected, int count, int64_t until);
/// Wakes up to `most` waiters; returns the number woken.
int cshims_futex_wake(uint32_t *word, int most);
/// Sleeps if the word, which must be private to this process, is `expected`. Can wake spuriously.
void cshims_private_wait(uint32_t *word, uint32_t expected);
/// Wakes one thread that sleeps on the word.
void cshims_private_wake(uint32_t *word);

#pragma clang assume_nonnull end
#endif
