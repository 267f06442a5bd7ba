/// Processes: fork, pidfd, waiting, affinity, and the number of BLAS threads.
#ifndef CSHIMS_PROCESS_H
#define CSHIMS_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Forks. Returns 0 in the child, the child's pid in the parent.
///
/// The child has default signal handlers, an empty signal mask, and empty stdout and stderr
/// buffers. It is killed when the process behind `parent_pipe` ends; this is the forking process's
/// own parent-death pipe (see `cshims_parent_pipe`). Output that the parent had buffered is written
/// before the fork where that cannot block on a lock.
///
/// The child waits at `gate`, which it closes, until the parent has called
/// `cshims_start_gate_open`. It therefore cannot end, and its pid cannot be reused, before the
/// parent has a pidfd of it.
int cshims_fork_worker(int gate, int parent_pipe);
/// Creates a gate, an eventfd, for one child.
int cshims_start_gate_create(void);
int cshims_start_gate_open(int gate);
/// Creates an eventfd that is readable after a signal until it is reset. Neither call ever waits.
int cshims_eventfd_create(void);
void cshims_eventfd_signal(int descriptor);
void cshims_eventfd_reset(int descriptor);
/// Flushes stdout and stderr, then exits without running exit handlers.
_Noreturn void cshims_exit_worker(int status);

int cshims_getpid(void);
uint32_t cshims_user(void);
int cshims_pidfd_open(int pid);
int cshims_pidfd_signal(int pidfd, int signal);

enum { CSHIMS_EXITED = 0, CSHIMS_SIGNALED = 1, CSHIMS_UNKNOWN = 2 };
/// Waits for the process behind `pidfd` to end and reaps it. `kind` is one of the above, `status`
/// the exit code or signal. CSHIMS_UNKNOWN: another part of the program reaped the process, or
/// SIGCHLD is ignored, and the kernel no longer reports the status. `most_memory` is the peak
/// number of bytes of memory the process had, 0 if that is not known.
int cshims_reap(int pidfd, int *kind, int *status, int64_t *most_memory);

/// Kills and reaps a child that has no pidfd.
int cshims_kill_and_reap(int pid);

/// Polls `count` descriptors for input and stores 1 in `ready` for those with events.
/// `milliseconds` is the timeout; a negative one waits without limit.
int cshims_poll(const int *descriptors, uint8_t *ready, int count, int milliseconds);

int cshims_close_range(unsigned first, unsigned last);
const char *cshims_signal_name(int signal); // "SIGKILL"; "signal 42" has no name and gives ""
const char *_Nullable cshims_error_text(int error);

/// Returns the monotonic clock's time in nanoseconds.
int64_t cshims_now(void);

/// Returns the bytes of memory and swap that are free, not counting caches.
int64_t cshims_free_memory(void);

/// Returns the number of cores in this process's affinity mask.
int cshims_allowed_cores(void);
/// Pins the calling thread to one core: the one at index `number`, from 0, in its affinity mask.
int cshims_pin_to_core(int number);
/// Returns the core that the calling thread runs on, or -errno.
int cshims_current_core(void);
/// A thread's affinity masks before and while it avoids some cores.
typedef struct {
  uint64_t before[16], during[16];
} cshims_avoidance;
/// Removes some cores from the calling thread's affinity mask. The thread has left them when this
/// returns. -EBUSY, and no change, if no other cores are allowed.
int cshims_avoid_cores(cshims_avoidance *avoidance, const int *cores, int count);
/// Restores the affinity mask from before, unless other code has changed the mask since.
void cshims_stop_avoiding(const cshims_avoidance *avoidance);
void cshims_yield(void);
/// Hints to the core that this thread is in a spin loop.
static inline void cshims_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// Prefetches the cache line of an address, for reading or for writing.
static inline void cshims_prefetch_to_read(const void *address) { __builtin_prefetch(address, 0); }
static inline void cshims_prefetch_to_write(const void *address) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1);
#endif
}

/// Returns the word of the fork gate: one per process, which exists before any code runs.
uint64_t *cshims_fork_gate(void);
/// Returns the nesting depth of the calling thread's calls at the gate.
int *cshims_fork_gate_depth(void);
void cshims_sleep(int64_t nanoseconds);

/// Looks up the thread setting of an OpenBLAS in this process. Must be called once before a fork,
/// because a child must not call the dynamic linker.
void cshims_blas_prepare(void);
/// Sets the number of threads of OpenBLAS, if it is loaded, in a worker. Setting one thread starts
/// none.
void cshims_blas_set_worker_threads(int threads);

#pragma clang assume_nonnull end
#endif
