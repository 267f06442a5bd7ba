/// Baselines in plain C, with which the benchmarks compare the library.
///
/// Each measured function performs its operation once and returns its seconds or -errno, so that
/// the caller can measure contenders in turns. Functions that return an int return 0 or -errno. Two
/// threads must not call these functions at the same time.
#ifndef CBASELINES_H
#define CBASELINES_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Returns the seconds of the monotonic clock.
double limit_now(void);

// Bandwidth: one pass over shared memory. "forked" forks two children per call. "threads" uses the
// caller and one kept thread, each pinned to its own core.

/// Maps `n` doubles at a huge page boundary, which children forked later share. With `huge`, all
/// pages are huge pages.
int limit_block_create(int64_t n, bool huge, double *_Nullable *_Nonnull block);
void limit_block_free(double *block, int64_t n);
/// Fills `x` with 1, 1.001, ... 3, repeated, and `y` with 1.
void limit_block_fill(double *x, double *y, int64_t n);

/// Computes y = 1e-9 x + y.
double limit_daxpy_serial(const double *x, double *y, int64_t n);
double limit_daxpy_threads(const double *x, double *y, int64_t n);
double limit_daxpy_forked(const double *x, double *y, int64_t n);

double limit_sum_serial(const double *x, int64_t n, double *total);
double limit_sum_threads(const double *x, int64_t n, double *total);
double limit_sum_forked(const double *x, int64_t n, double *total);

// Heat: `steps` steps of h + rate * (above + below + left + right - 4 h) for the inner points of a
// plate of n x n, from `x` to `y`, from `y` to `x`, and so on. All functions compute the same bits.

double limit_heat_serial(double *x, double *y, int64_t n, double rate, int steps);
/// Whether the OpenMP runtime library of GCC (libgomp) can be loaded.
bool limit_has_openmp(void);
/// Computes each step by a parallel loop over the rows with two threads.
double limit_heat_openmp(double *x, double *y, int64_t n, double rate, int steps);
/// Computes the steps by two pinned threads that spin at a barrier after each step.
double limit_heat_threads(double *x, double *y, int64_t n, double rate, int steps);

// Matmul: C = A B of square row-major matrices, by OpenBLAS.

/// Returns OpenBLAS's description of itself. Its second word is the version.
const char *limit_blas_config(void);
/// Sets the number of OpenBLAS threads and wakes them, so that they spin at the first measured
/// call.
void limit_blas_begin(int threads);
/// Sets OpenBLAS to one thread and waits until the other threads have stopped spinning.
void limit_blas_end(void);
double limit_dgemm(int n, const double *a, const double *b, double *c);
double limit_sgemm(int n, const float *a, const float *b, float *c);

// Connections: messages between this process and a child, over a pair of SOCK_SEQPACKET sockets.

/// Returns the seconds of a round trip, or -errno.
double limit_message_round_trip(int64_t bytes, int count);
/// Returns the seconds per message of `count` messages in one direction, or -errno. A message is
/// sent in pieces of at most `piece` bytes, since the buffer of a socket has about 200 KiB.
double limit_message_stream(int64_t bytes, int64_t piece, int count);

// Segments: named shared memory. A name begins with a slash.

/// Creates and maps an object, writes to each 4 KiB page of it, unmaps and unlinks it.
///
/// With `huge`, the size is rounded up to whole huge pages, and one 4 KiB page of each huge page is
/// touched before MADV_COLLAPSE.
double limit_create_touch_unlink(const char *name, int64_t bytes, bool huge);
/// Opens an existing object, reads its size, maps all of it and unmaps it.
double limit_attach(const char *name);
/// Creates an object for `limit_attach`, with all its pages present.
int limit_named_create(const char *name, int64_t bytes);
int limit_named_unlink(const char *name);

// ProcessStart.

/// Forks a child that exits immediately, and waits for it. Returns the seconds, or -errno.
double limit_fork_wait(void);
/// Starts this program with one argument and waits for it to exit. Returns the seconds, or -errno.
double limit_run_self(const char *argument);
/// Maps private memory in 4 KiB pages and touches all pages. Returns NULL on failure.
void *_Nullable limit_private_memory(int64_t bytes);
void limit_free_memory(void *memory, int64_t bytes);

// Queues: messages through shared memory.

/// Sends `count` messages through a ring to one child, until the child has exited. Both processes
/// spin. With `sleeps`, they sleep after a limited number of spins.
double limit_ring_stream(int64_t bytes, int64_t count, bool sleeps);
/// Sends `count` messages of 64 bytes to a child and back through two rings.
double limit_ring_round_trips(int64_t count, bool sleeps);
/// Sends `count` messages to a child and back through a futex for each direction. Each sender
/// pauses before it sends, so that the receiver sleeps. Returns the total latency of the messages
/// in seconds.
double limit_futex_round_trips(int64_t count, int64_t idle_microseconds);
/// Computes `steps` dependent steps of about 1.5 ns each, which no compiler can shorten.
double limit_work(int64_t steps);
/// Runs the same work `count` times in this process and in a child, which sleeps before and is
/// woken by a futex. Returns the seconds of both.
double limit_work_beside(int64_t count, int64_t idle_microseconds, int64_t steps);
/// Runs the same work in two OpenMP threads.
double limit_work_openmp(int64_t count, int64_t idle_microseconds, int64_t steps);
/// Sends messages of 64 bytes through one ring, from `pairs` producers to `pairs` consumers. Each
/// is a process and handles `count` messages.
double limit_ticket_stream(int pairs, int64_t count);

// Locks: a counter that processes increment.

typedef struct limit_counter limit_counter;
typedef enum { LIMIT_MUTEX, LIMIT_ROBUST_MUTEX, LIMIT_SEMAPHORE, LIMIT_ATOMIC } limit_lock;

limit_counter *_Nullable limit_counter_create(void);
void limit_counter_free(limit_counter *counter);
/// Returns the address of the integer that the locks protect.
int64_t *limit_counter_place(limit_counter *counter);
/// Adds one `times` times in this process.
double limit_counter_alone(limit_counter *counter, limit_lock lock, int64_t times);
/// Adds one `times` times in each of `processes` children. Returns -EILSEQ if an addition was lost.
double limit_counter_contended(limit_counter *counter, limit_lock lock, int processes, int64_t times);

// Dispatch, PoolMap and SumOfSquares: the functions return seconds, or -errno.

/// Measures the round trip of one task to a child. Both processes spin, or sleep with `sleeps`.
double limit_task_round_trip(int sleeps, int count);
/// Measures one map of `n` cubes into shared memory by two kept workers, which claim chunks from a
/// shared counter.
double limit_map_cubes(int64_t n, int64_t chunk, int count);
/// Measures the sum of the squares from 1 to `n` in two forked children.
double limit_sum_of_squares(int64_t n);

#pragma clang assume_nonnull end

#endif
