// Kept workers: the round trip of a task, a map of cubes, a sum of squares by two forks.
#define _GNU_SOURCE
#include "CBaselines.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *shared(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static void sleep_while(int *word, int value) { syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0); }
static void wake(int *word, int count) { syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0); }
static int load(int *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static void store(int *word, int value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }
static void reap(pid_t child) {
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

static void await(int *word, int value, int sleeps) {
  for (int now; (now = load(word)) != value;) {
    if (sleeps) sleep_while(word, now);
    else __builtin_ia32_pause();
  }
}

double limit_task_round_trip(int sleeps, int count) {
  typedef struct { _Alignas(128) int there; _Alignas(128) int back; } cell;
  cell *c = shared(sizeof *c);
  if (!c) return -errno;
  const int all = count + count / 10;
  const pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    for (int i = 1; i <= all; i++) {
      await(&c->there, i, sleeps);
      store(&c->back, i);
      if (sleeps) wake(&c->back, 1);
    }
    _exit(0);
  }
  double start = 0;
  for (int i = 1; i <= all; i++) {
    if (i == count / 10 + 1) start = limit_now();
    store(&c->there, i);
    if (sleeps) wake(&c->there, 1);
    await(&c->back, i, sleeps);
  }
  const double seconds = limit_now() - start;
  reap(child);
  munmap(c, sizeof *c);
  return seconds / count;
}

typedef struct {
  _Alignas(128) long next;
  _Alignas(128) int generation;
  _Alignas(128) int done;
} board;

static void cubes(board *b, int64_t *out, long n, long chunk) {
  for (;;) {
    const long first = __atomic_fetch_add(&b->next, chunk, __ATOMIC_RELAXED);
    if (first >= n) return;
    const long last = first + chunk < n ? first + chunk : n;
    for (long i = first; i < last; i++) out[i] = i * i * i;
  }
}

double limit_map_cubes(int64_t n, int64_t chunk, int count) {
  enum { workers = 2 };
  board *b = shared(sizeof *b);
  int64_t *out = shared(sizeof(int64_t) * (size_t)n);
  if (!b || !out) return -errno;
  memset(out, 1, sizeof(int64_t) * (size_t)n);
  pid_t children[workers];
  for (int w = 0; w < workers; w++) {
    children[w] = fork();
    if (children[w] < 0) return -errno;
    if (children[w] == 0) {
      for (int g = 0; g <= count; g++) {
        for (int now; (now = load(&b->generation)) <= g;) sleep_while(&b->generation, now);
        cubes(b, out, n, chunk);
        if (__atomic_add_fetch(&b->done, 1, __ATOMIC_ACQ_REL) == workers) wake(&b->done, 1);
      }
      _exit(0);
    }
  }
  double start = 0;
  for (int g = 0; g <= count; g++) {
    if (g == 1) start = limit_now();
    b->next = 0;
    b->done = 0;
    store(&b->generation, g + 1);
    wake(&b->generation, workers);
    for (int now; (now = load(&b->done)) < workers;) sleep_while(&b->done, now);
  }
  const double seconds = limit_now() - start;
  for (int w = 0; w < workers; w++) reap(children[w]);
  munmap(b, sizeof *b);
  munmap(out, sizeof(int64_t) * (size_t)n);
  return seconds / count;
}

static unsigned __int128 sum(long first, long last) {
  unsigned __int128 s = 0;
  for (long i = first; i < last; i++) {
    s += (unsigned __int128)((uint64_t)i * (uint64_t)i);
    __asm__ volatile("" : "+r"(i));
  }
  return s;
}

double limit_sum_of_squares(int64_t n) {
  unsigned __int128 *parts = shared(64);
  if (!parts) return -errno;
  const double start = limit_now();
  pid_t children[2];
  for (int w = 0; w < 2; w++) {
    children[w] = fork();
    if (children[w] < 0) return -errno;
    if (children[w] == 0) {
      parts[w] = sum(1 + n * w / 2, 1 + n * (w + 1) / 2);
      _exit(0);
    }
  }
  for (int w = 0; w < 2; w++) reap(children[w]);
  const double seconds = limit_now() - start;
  const unsigned __int128 all = (unsigned __int128)n * (n + 1) * (2 * n + 1) / 6;
  const int is_right = parts[0] + parts[1] == all;
  munmap(parts, 64);
  return is_right ? seconds : -EDOM;
}
