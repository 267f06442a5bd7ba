#define _GNU_SOURCE
#include "CBaselines.h"
#include "support.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 2 };

// Memory

int limit_block_create(int64_t n, bool huge, double **block) {
  const size_t bytes = whole_huge_pages((size_t)n * sizeof(double));
  char *address = reserve_aligned(bytes);
  if (address == NULL) return -errno;
  const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED;
  int error = 0;
  if (mmap(address, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) error = -errno;
  if (error == 0 && huge) error = collapse(address, bytes);
  if (error < 0) munmap(address, bytes);
  else *block = (double *)address;
  return error;
}

void limit_block_free(double *block, int64_t n) {
  munmap(block, whole_huge_pages((size_t)n * sizeof(double)));
}

void limit_block_fill(double *x, double *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    x[i] = 1 + 1e-3 * (double)(i % 2001);
    y[i] = 1;
  }
}

// The two loops over [begin, end). Each returns its partial result, or 0.

typedef double (*Kernel)(const double *x, double *y, int64_t begin, int64_t end);

static double daxpy(const double *restrict x, double *restrict y, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) y[i] = 1e-9 * x[i] + y[i];
  return 0;
}

static double sum(const double *x, double *y, int64_t begin, int64_t end) {
  (void)y;
  double total = 0;
  // One accumulator would wait for each addition. Eight vector accumulators keep the memory busy.
#pragma clang loop vectorize(enable) interleave_count(8)
  for (int64_t i = begin; i < end; i++) total += x[i];
  return total;
}

/// Returns the first index of one of two halves, at a cache line boundary.
static int64_t cut(int64_t n, int part) {
  return part == CHILDREN ? n : (n * part / CHILDREN) & ~(int64_t)7;
}

// The caller alone

static double serial(Kernel kernel, const double *x, double *y, int64_t n, double *total) {
  const double start = limit_now();
  *total = kernel(x, y, 0, n);
  return limit_now() - start;
}

// Two children per call

static int reap(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return status == 0 ? 0 : -ECHILD;
}

static double forked(Kernel kernel, const double *x, double *y, int64_t n, double *total) {
  static double *parts; // the partial results of the children
  if (parts == NULL) {
    void *page = mmap(NULL, SMALL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return -errno;
    parts = page;
  }
  const double start = limit_now();
  pid_t children[CHILDREN];
  int made = 0, error = 0;
  for (; made < CHILDREN; made++) {
    children[made] = fork();
    if (children[made] == 0) {
      parts[made] = kernel(x, y, cut(n, made), cut(n, made + 1));
      _exit(0);
    }
    if (children[made] < 0) {
      error = -errno;
      break;
    }
  }
  for (int i = 0; i < made; i++) {
    const int failure = reap(children[i]);
    if (failure < 0) error = failure;
  }
  *total = parts[0] + parts[1];
  return error < 0 ? error : limit_now() - start;
}

// The caller and one kept thread. A sleeping thread takes microseconds to wake, so both spin before
// they sleep. A thread woken for less than some milliseconds often stays on its waker's core, so
// each thread is pinned to its own core.

static struct {
  _Alignas(128) atomic_uint given; // the number of the last job given out
  _Alignas(128) atomic_uint done;  // the number of the last job finished
  Kernel kernel;
  const double *x;
  double *y;
  int64_t begin, end;
  double part;
} helper;

static cpu_set_t allowed, first, second; // the cores of this process, of the caller and of the helper

static void set_and_wake(atomic_uint *word, unsigned value) {
  atomic_store_explicit(word, value, memory_order_release);
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_while(atomic_uint *word, unsigned value) {
  const double patience = limit_now() + 50e-6;
  while (atomic_load_explicit(word, memory_order_acquire) == value) {
    if (limit_now() > patience) syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  }
}

static void *help(void *unused) {
  (void)unused;
  sched_setaffinity(0, sizeof second, &second);
  for (unsigned job = 0;; job++) {
    wait_while(&helper.given, job);
    helper.part = helper.kernel(helper.x, helper.y, helper.begin, helper.end);
    set_and_wake(&helper.done, job + 1);
  }
  return NULL;
}

/// Gives the helper the second half, computes the first half and waits.
static double share(Kernel kernel, const double *x, double *y, int64_t n, unsigned job) {
  helper.kernel = kernel;
  helper.x = x;
  helper.y = y;
  helper.begin = cut(n, 1);
  helper.end = n;
  set_and_wake(&helper.given, job + 1);
  const double own = kernel(x, y, 0, cut(n, 1));
  wait_while(&helper.done, job);
  return own + helper.part;
}

static double threads(Kernel kernel, const double *x, double *y, int64_t n, double *total) {
  static pthread_t thread;
  static unsigned job;
  if (job == 0) {
    choose_two_cores(&allowed, &first, &second);
    const int error = pthread_create(&thread, NULL, help, NULL);
    if (error != 0) return -error;
  }
  sched_setaffinity(0, sizeof first, &first);
  const double start = limit_now();
  *total = share(kernel, x, y, n, job++);
  const double end = limit_now();
  sched_setaffinity(0, sizeof allowed, &allowed); // later code may run on any core
  return end - start;
}

// The functions that Swift calls

double limit_daxpy_serial(const double *x, double *y, int64_t n) {
  double unused;
  return serial(daxpy, x, y, n, &unused);
}

double limit_daxpy_threads(const double *x, double *y, int64_t n) {
  double unused;
  return threads(daxpy, x, y, n, &unused);
}

double limit_daxpy_forked(const double *x, double *y, int64_t n) {
  double unused;
  return forked(daxpy, x, y, n, &unused);
}

double limit_sum_serial(const double *x, int64_t n, double *total) {
  return serial(sum, x, NULL, n, total);
}

double limit_sum_threads(const double *x, int64_t n, double *total) {
  return threads(sum, x, NULL, n, total);
}

double limit_sum_forked(const double *x, int64_t n, double *total) {
  return forked(sum, x, NULL, n, total);
}
