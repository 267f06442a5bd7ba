#define _GNU_SOURCE
#include "CShimsSync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(pthread_mutex_t) <= 64 && _Alignof(pthread_mutex_t) <= 64, "a mutex fits a cache line");
_Static_assert(sizeof(((pthread_mutex_t *)0)->__data.__lock) == sizeof(uint32_t), "a mutex has a futex word");
_Static_assert(sizeof(sem_t) <= 64 && _Alignof(sem_t) <= 64, "a semaphore fits a cache line");
_Static_assert(sizeof(int) == sizeof(uint32_t) && __atomic_always_lock_free(sizeof(int), 0),
               "a futex word is an atomic int");
_Static_assert(sizeof(time_t) == 8 && sizeof(((struct timespec *)0)->tv_nsec) == 8,
               "SYS_futex takes the timespec of libc, which has 64-bit seconds");

static int result(long r) { return r < 0 ? -errno : (int)r; }

/// Converts a time. libc refuses times before the clock began, so those become 0, which has also
/// passed.
static struct timespec moment(int64_t nanoseconds) {
  if (nanoseconds < 0) nanoseconds = 0;
  return (struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000};
}

size_t cshims_mutex_size(void) { return sizeof(pthread_mutex_t); }
size_t cshims_mutex_alignment(void) { return _Alignof(pthread_mutex_t); }

int cshims_mutex_init(void *mutex, int recursive) {
  pthread_mutexattr_t attributes;
  int error = pthread_mutexattr_init(&attributes);
  if (error) return -error;
  int type = recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK;
  error = pthread_mutexattr_settype(&attributes, type);
  if (!error) error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (!error) error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (!error) error = pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return -error;
}

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("yield");
#endif
}

int cshims_mutex_lock_directly(void *mutex) {
  // libc sleeps at once on a robust mutex that is held, which costs both sides a system call. Most
  // critical sections are shorter than that.
  enum { SPINS = 40 };
  const int *word = &((pthread_mutex_t *)mutex)->__data.__lock;
  for (int spins = 0; spins < SPINS; spins++) {
    if (!((uint32_t)__atomic_load_n(word, __ATOMIC_RELAXED) & FUTEX_TID_MASK)) break;
    pause_briefly();
  }
  return pthread_mutex_lock(mutex);
}

int cshims_mutex_unlock_directly(void *mutex) { return pthread_mutex_unlock(mutex); }
int cshims_mutex_lock(void *mutex) { return -pthread_mutex_lock(mutex); }

int cshims_mutex_lock_until(void *mutex, int64_t until) {
  struct timespec end = moment(until);
  return -pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &end);
}

int cshims_mutex_try_lock(void *mutex) {
  // Not pthread_mutex_trylock: when that of glibc 2.36 returns ENOTRECOVERABLE, it has locked the
  // mutex and leaves it locked, and other threads wait for ever. A timed lock whose time has passed
  // does the same work. It takes microseconds in the kernel where another thread is the owner, so
  // the word is checked first.
  pthread_mutex_t *m = mutex;
  uint32_t owner = (uint32_t)__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) & FUTEX_TID_MASK;
  if (owner && owner != (uint32_t)gettid()) return -EBUSY;
  int error = cshims_mutex_lock_until(mutex, 0);
  return error == -ETIMEDOUT ? -EBUSY : error;
}

int cshims_mutex_is_robust(const void *mutex, int recursive) {
  enum { ROBUST = 16, SHARED = 128 };
  int type = recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK;
  return ((const pthread_mutex_t *)mutex)->__data.__kind == (type | ROBUST | SHARED);
}

int cshims_mutex_unlock(void *mutex) { return -pthread_mutex_unlock(mutex); }
int cshims_mutex_make_consistent(void *mutex) { return -pthread_mutex_consistent(mutex); }
int cshims_mutex_destroy(void *mutex) { return -pthread_mutex_destroy(mutex); }

size_t cshims_semaphore_size(void) { return sizeof(sem_t); }
size_t cshims_semaphore_alignment(void) { return _Alignof(sem_t); }
int cshims_semaphore_init(void *semaphore, unsigned value) { return result(sem_init(semaphore, 1, value)); }
int cshims_semaphore_wait(void *semaphore) { return result(sem_wait(semaphore)); }
int cshims_semaphore_try_wait(void *semaphore) { return result(sem_trywait(semaphore)); }

int cshims_semaphore_wait_until(void *semaphore, int64_t until) {
  struct timespec end = moment(until);
  return result(sem_clockwait(semaphore, CLOCK_MONOTONIC, &end));
}

int cshims_semaphore_post(void *semaphore) { return result(sem_post(semaphore)); }

int cshims_semaphore_value(void *semaphore) {
  int value = 0;
  return sem_getvalue(semaphore, &value) < 0 ? -errno : value;
}

int cshims_semaphore_destroy(void *semaphore) { return result(sem_destroy(semaphore)); }

static int opened(sem_t *semaphore, void **out) {
  if (semaphore == SEM_FAILED) return -errno;
  *out = semaphore;
  return 0;
}

int cshims_semaphore_open(const char *name, void **semaphore) { return opened(sem_open(name, 0), semaphore); }

int cshims_semaphore_create(const char *name, uint32_t mode, unsigned value, void **semaphore) {
  return opened(sem_open(name, O_CREAT | O_EXCL, (mode_t)mode, value), semaphore);
}

int cshims_semaphore_close(void *semaphore) { return result(sem_close(semaphore)); }
int cshims_semaphore_unlink(const char *name) { return result(sem_unlink(name)); }

int cshims_futex_wait(uint32_t *word, uint32_t expected, int64_t until) {
  struct timespec end = moment(until);
  // Unlike FUTEX_WAIT, this takes an absolute time, so after a signal the same call continues the
  // wait.
  return result(syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until == INT64_MAX ? NULL : &end, NULL,
                        FUTEX_BITSET_MATCH_ANY));
}

/// The struct futex_waitv of linux/futex.h since Linux 5.16, which might be newer than the headers
/// here.
typedef struct {
  uint64_t expected, address;
  uint32_t flags, reserved;
} futex_waiter;
enum { FUTEX_OF_4_BYTES = 2, SYSTEM_FUTEX_WAITV = 449 };

int cshims_futex_wait_any(uint32_t *const *words, const uint32_t *expected, int count, int64_t until) {
  if (count < 1 || count > CSHIMS_MOST_FUTEX_WORDS) return -EINVAL;
  futex_waiter waiters[CSHIMS_MOST_FUTEX_WORDS];
  for (int i = 0; i < count; i++) {
    waiters[i] = (futex_waiter){
      .expected = expected[i], .address = (uintptr_t)words[i], .flags = FUTEX_OF_4_BYTES, .reserved = 0};
  }
  struct timespec end = moment(until);
  return result(syscall(SYSTEM_FUTEX_WAITV, waiters, count, 0, until == INT64_MAX ? NULL : &end, CLOCK_MONOTONIC));
}

void cshims_private_wait(uint32_t *word, uint32_t expected) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL);
}

void cshims_private_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1); }

int cshims_futex_wake(uint32_t *word, int most) { return result(syscall(SYS_futex, word, FUTEX_WAKE, most)); }
