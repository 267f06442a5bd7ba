/// Processes: fork, pidfd, waiting, and the setting of BLAS threads.
#ifndef CSHIMS_PROCESS_H
#define CSHIMS_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Forks. Returns 0 in the child, the child's pid in the parent.
///
/// The child has default signal handlers, an empty signal mask, empty stdout and stderr buffers, and is killed when
/// the process behind `life_line` ends, this process's own (see `cshims_life_line`). What the parent had buffered for the
/// streams is written before the fork where that cannot block on a lock.
///
/// The child waits at `gate`, which it closes, until the parent has called `cshims_start_gate_open`: so it
/// cannot end, and its number cannot pass to another process, before the parent has a pidfd of it.
int cshims_fork_worker(int gate, int life_line);
/// The descriptor of a gate for one child.
int cshims_start_gate_create(void);
int cshims_start_gate_open(int gate);
/// A descriptor that is readable from a ring on until it is silenced; neither ever waits.
int cshims_bell_create(void);
void cshims_bell_ring(int bell);
void cshims_bell_silence(int bell);
/// Writes out what the process printed, then leaves without running exit handlers.
_Noreturn void cshims_exit_worker(int status);

int cshims_getpid(void);
uint32_t cshims_user(void);
int cshims_pidfd_open(int pid);
int cshims_pidfd_signal(int pidfd, int signal);

enum { CSHIMS_EXITED = 0, CSHIMS_SIGNALED = 1, CSHIMS_UNKNOWN = 2 };
/// Waits for the end of the process behind `pidfd` and reaps it: `kind` is one of the above, `status` the
/// exit code or signal. CSHIMS_UNKNOWN: another part of the program reaped it, or SIGCHLD is ignored, and the
/// kernel no longer tells. `most_memory` is how many bytes of memory it had at most at a time, 0 if that is not known.
int cshims_reap(int pidfd, int *kind, int *status, int64_t *most_memory);

/// Ends and reaps a child that has no pidfd.
int cshims_kill_and_reap(int pid);

/// Polls `count` descriptors for input; those with events get a 1 in `ready`. Milliseconds; negative waits
/// without limit.
int cshims_poll(const int *descriptors, uint8_t *ready, int count, int milliseconds);

int cshims_close_range(unsigned first, unsigned last);
const char *cshims_signal_name(int signal); // "SIGKILL"; "signal 42" has no name and gives ""
const char *_Nullable cshims_error_text(int error);

/// Nanoseconds of the monotonic clock.
int64_t cshims_now(void);

/// Bytes of memory and swap that nothing uses, not even a cache.
int64_t cshims_free_memory(void);

/// Cores this process may run on.
int cshims_allowed_cores(void);
/// Keeps the calling thread on the core with this number, from 0, among those that it may use.
int cshims_pin_to_core(int number);
/// The core that the calling thread runs on, or -errno.
int cshims_current_core(void);
/// The cores that a thread may use: before and while it avoids some.
typedef struct {
  uint64_t before[16], during[16];
} cshims_avoidance;
/// Keeps the calling thread from some of the cores that it may use: it has left them when this returns. -EBUSY, and no change, if it
/// may use no others.
int cshims_avoid_cores(cshims_avoidance *avoidance, const int *cores, int count);
/// Lets it use all cores again that it might use before, unless somebody else has chosen others meanwhile.
void cshims_stop_avoiding(const cshims_avoidance *avoidance);
void cshims_yield(void);
/// Tells the core that this thread waits in a loop.
static inline void cshims_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// Brings the line of an address near, to be read, or to be written to.
static inline void cshims_prefetch_to_read(const void *address) { __builtin_prefetch(address, 0); }
static inline void cshims_prefetch_to_write(const void *address) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1);
#endif
}

/// The word of the fork gate: one for the process, there before any code runs.
uint64_t *cshims_fork_gate(void);
/// How many calls inside each other the calling thread has at the gate.
int *cshims_fork_gate_depth(void);
void cshims_sleep(int64_t nanoseconds);

/// Looks up the thread setting of an OpenBLAS in this process, once, before a fork: a child must not call the
/// dynamic linker.
void cshims_blas_prepare(void);
/// In a worker: OpenBLAS, if any, computes with `threads` threads from now on; one is set without starting any.
void cshims_blas_set_worker_threads(int threads);

#pragma clang assume_nonnull end
#endif
