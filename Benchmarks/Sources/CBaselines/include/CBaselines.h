/// What plain C reaches on this machine: the yardstick of the benchmarks.
///
/// Each measured function performs its operation once and returns the seconds it took, or -errno, so that the
/// caller can let contenders take turns. Functions that return an int return 0 or -errno. None may be called
/// by two threads at once.
#ifndef CBASELINES_H
#define CBASELINES_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Seconds of the monotonic clock.
double limit_now(void);

// W4: one pass over shared memory. "forked" makes two children per call, "threads" is the caller
// and one kept thread, each pinned to a core of its own.

/// Maps `n` doubles, at a huge page boundary, that later children share; all of them huge pages
/// with `huge`.
int limit_block_create(int64_t n, bool huge, double *_Nullable *_Nonnull block);
void limit_block_free(double *block, int64_t n);
/// Writes 1, 1.001, ... 3 over and over into `x`, and 1 into every element of `y`.
void limit_block_fill(double *x, double *y, int64_t n);

/// y = 1e-9 x + y.
double limit_daxpy_serial(const double *x, double *y, int64_t n);
double limit_daxpy_threads(const double *x, double *y, int64_t n);
double limit_daxpy_forked(const double *x, double *y, int64_t n);

double limit_sum_serial(const double *x, int64_t n, double *total);
double limit_sum_threads(const double *x, int64_t n, double *total);
double limit_sum_forked(const double *x, int64_t n, double *total);

// W4, heat: `steps` steps of h + rate * (above + below + left + right - 4 h) for the inner points of a plate of n x n, from `x` into
// `y`, from `y` into `x`, and so on; all compute the same bits.

double limit_heat_serial(double *x, double *y, int64_t n, double rate, int steps);
/// Whether the library that OpenMP programs of GCC run on is there.
bool limit_has_openmp(void);
/// A parallel loop over the rows in each step, two threads.
double limit_heat_openmp(double *x, double *y, int64_t n, double rate, int steps);
/// Two pinned threads, and a barrier where they spin after each step.
double limit_heat_threads(double *x, double *y, int64_t n, double rate, int steps);

// W5: C = A B, square and row-major, by OpenBLAS.

/// OpenBLAS's description of itself; its second word is the version.
const char *limit_blas_config(void);
/// Sets OpenBLAS's threads and wakes them, so that the first call measured finds them running.
void limit_blas_begin(int threads);
/// Sets OpenBLAS back to one thread and waits until the others have stopped spinning for work.
void limit_blas_end(void);
double limit_dgemm(int n, const double *a, const double *b, double *c);
double limit_sgemm(int n, const float *a, const float *b, float *c);

// W6: messages between this process and a forked one, over a pair of sockets that keep their borders.

/// Seconds for a message there and one back, or a negated errno.
double limit_message_round_trip(int64_t bytes, int count);
/// Seconds for each of `count` messages in one direction, in pieces of at most `piece` bytes, since a socket has room for 200 KiB
/// or so; or a negated errno.
double limit_message_stream(int64_t bytes, int64_t piece, int count);

// W7: named shared memory. A name begins with a slash.

/// Creates and maps an object, writes to each 4 KiB page of it, unmaps and unlinks it.
///
/// With `huge` the size is rounded up to whole huge pages, and one page of each extent is touched before all
/// are collapsed.
double limit_create_touch_unlink(const char *name, int64_t bytes, bool huge);
/// Opens an existing object, asks for its size, maps all of it and unmaps it.
double limit_attach(const char *name);
/// Creates an object for `limit_attach`, with all its pages present.
int limit_named_create(const char *name, int64_t bytes);
int limit_named_unlink(const char *name);

// W3: processes.

// Seconds, or a negated errno.
double limit_fork_wait(void);
// Starts this program with one argument and waits for its end.
double limit_run_self(const char *argument);
// Private memory in pages of 4 KiB, all touched.
void *_Nullable limit_private_memory(int64_t bytes);
void limit_free_memory(void *memory, int64_t bytes);

// W6: messages through shared memory.

/// One producer, here, and one consumer: `count` messages through a ring, until the consumer has ended. Both spin,
/// and fall asleep after a while with `sleeps`.
double limit_ring_stream(int64_t bytes, int64_t count, bool sleeps);
/// `count` messages of 64 bytes there and back through two rings.
double limit_ring_round_trips(int64_t count, bool sleeps);
/// `count` messages there and back by a futex each way; both sides are idle before they send, so the other one
/// sleeps. The seconds that the messages were under way.
double limit_futex_round_trips(int64_t count, int64_t idle_microseconds);
/// Computes something for about a nanosecond and a half a step, which no compiler can shorten.
double limit_work(int64_t steps);
/// The seconds of `count` times the same work in two processes, here and in one that sleeps before and is woken by a futex.
double limit_work_beside(int64_t count, int64_t idle_microseconds, int64_t steps);
/// The same in two threads of OpenMP.
double limit_work_openmp(int64_t count, int64_t idle_microseconds, int64_t steps);
/// As many producers as consumers, `pairs`, in processes of their own, each with `count` messages of 64 bytes.
double limit_ticket_stream(int pairs, int64_t count);

// W8: a counter that processes add one to.

typedef struct limit_counter limit_counter;
typedef enum { LIMIT_MUTEX, LIMIT_ROBUST_MUTEX, LIMIT_SEMAPHORE, LIMIT_ATOMIC } limit_lock;

limit_counter *_Nullable limit_counter_create(void);
void limit_counter_free(limit_counter *counter);
/// The integer that the locks guard.
int64_t *limit_counter_place(limit_counter *counter);
/// Adds one so many times in this process.
double limit_counter_alone(limit_counter *counter, limit_lock lock, int64_t times);
/// Adds one so many times in each of some children. -EILSEQ if an addition was lost.
double limit_counter_contended(limit_counter *counter, limit_lock lock, int processes, int64_t times);

// W1, W2, W9: kept workers. Seconds, or a negated errno.

/// Of one task to a process and back, which both look for all the time, or sleep for.
double limit_task_round_trip(int sleeps, int count);
/// Of one call for `n` cubes by two workers, in chunks from a shared counter, into shared memory.
double limit_map_cubes(int64_t n, int64_t chunk, int count);
/// Of the squares from 1 to `n`, by two forked processes.
double limit_sum_of_squares(int64_t n);

#pragma clang assume_nonnull end

#endif
