#define _GNU_SOURCE
#include "CBaselines.h"
#include "support.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

// The additions have the same order as in Swift, so that the results have the same bits. Fusing
// does not change products by powers of two.
#pragma float_control(precise, on)

typedef struct {
  const double *from;
  double *to;
  int64_t n;
  double rate;
} plate;

static void heat_rows(const plate *p, int64_t begin, int64_t end) {
  const int64_t n = p->n;
  const double rate = p->rate;
  for (int64_t i = begin < 1 ? 1 : begin; i < (end > n - 1 ? n - 1 : end); i++) {
    const double *restrict up = p->from + (i - 1) * n;
    const double *restrict here = p->from + i * n;
    const double *restrict down = p->from + (i + 1) * n;
    double *restrict to = p->to + i * n;
    for (int64_t j = 1; j < n - 1; j++) {
      to[j] = here[j] + rate * ((up[j] + down[j]) + (here[j - 1] + here[j + 1]) - 4 * here[j]);
    }
  }
}

static void swap(plate *p) {
  double *last = p->to;
  p->to = (double *)p->from;
  p->from = last;
}

double limit_heat_serial(double *x, double *y, int64_t n, double rate, int steps) {
  plate p = {x, y, n, rate};
  const double start = limit_now();
  for (int step = 0; step < steps; step++) {
    heat_rows(&p, 0, n);
    swap(&p);
  }
  return limit_now() - start;
}

// OpenMP: a compiler turns `#pragma omp parallel for schedule(static) num_threads(2)` into a call
// of GOMP_parallel with a function such as `heat_part`. The toolchain has no OpenMP runtime
// library, so the one of GCC is used if it is installed.

static void (*parallel)(void (*)(void *), void *, unsigned, unsigned);
static int (*thread_number)(void);

bool limit_has_openmp(void) {
  if (parallel != NULL) return true;
  void *library = dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) return false;
  thread_number = (int (*)(void))dlsym(library, "omp_get_thread_num");
  parallel = (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(library, "GOMP_parallel");
  return parallel != NULL && thread_number != NULL;
}

typedef struct {
  int64_t steps;
  double results[2];
} work;

static void work_part(void *argument) {
  work *w = argument;
  w->results[thread_number()] = limit_work(w->steps);
}

double limit_work_openmp(int64_t count, int64_t idle_microseconds, int64_t steps) {
  if (!limit_has_openmp()) return -ENOENT;
  work w = {steps, {0, 0}};
  double seconds = 0;
  for (int64_t i = 0; i < count; i++) {
    usleep((useconds_t)idle_microseconds);
    const double start = limit_now();
    parallel(work_part, &w, 2, 0);
    seconds += limit_now() - start;
  }
  return seconds;
}

static void heat_part(void *argument) {
  const plate *p = argument;
  const int64_t part = thread_number();
  heat_rows(p, p->n * part / 2, p->n * (part + 1) / 2);
}

double limit_heat_openmp(double *x, double *y, int64_t n, double rate, int steps) {
  if (!limit_has_openmp()) return -ENOENT;
  plate p = {x, y, n, rate};
  const double start = limit_now();
  for (int step = 0; step < steps; step++) {
    parallel(heat_part, &p, 2, 0);
    swap(&p);
  }
  return limit_now() - start;
}

// One thread for each half. Both spin at a barrier after each step, and each is pinned to its own
// core.

static struct {
  _Alignas(128) atomic_int arrived;
  _Alignas(128) atomic_int turn;
} barrier;

static void meet(void) {
  const int turn = atomic_load_explicit(&barrier.turn, memory_order_acquire);
  if (atomic_fetch_add_explicit(&barrier.arrived, 1, memory_order_acq_rel) == 1) {
    atomic_store_explicit(&barrier.arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&barrier.turn, turn + 1, memory_order_release);
    return;
  }
  while (atomic_load_explicit(&barrier.turn, memory_order_acquire) == turn) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

typedef struct {
  plate p;
  int part, steps;
} half;

static void *heat_half(void *argument) {
  half *own = argument;
  for (int step = 0; step < own->steps; step++) {
    heat_rows(&own->p, own->p.n * own->part / 2, own->p.n * (own->part + 1) / 2);
    meet();
    swap(&own->p);
  }
  return NULL;
}

double limit_heat_threads(double *x, double *y, int64_t n, double rate, int steps) {
  half halves[2] = {{{x, y, n, rate}, 0, steps}, {{x, y, n, rate}, 1, steps}};
  cpu_set_t allowed, first, second;
  choose_two_cores(&allowed, &first, &second);
  pthread_t thread;
  const double start = limit_now();
  const int error = pthread_create(&thread, NULL, heat_half, &halves[1]);
  if (error != 0) return -error;
  pthread_setaffinity_np(thread, sizeof second, &second);
  sched_setaffinity(0, sizeof first, &first);
  heat_half(&halves[0]);
  pthread_join(thread, NULL);
  const double end = limit_now();
  sched_setaffinity(0, sizeof allowed, &allowed);
  return end - start;
}
