// Messages between processes through shared memory: a ring for two processes, a ticket ring for
// many, and a futex alone.
#define _GNU_SOURCE
#include "CBaselines.h"
#include "support.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_PAIR = 128, RING_BYTES = 4 << 20, SPINS = 2000, CELLS = 4096, CELL_BYTES = 64, MOST_PROCESSES = 16 };

/// A counter that one side writes, and a word that is 1 if the other side might sleep until it
/// changes.
typedef struct {
  _Alignas(LINE_PAIR) uint64_t count;
  _Alignas(LINE_PAIR) uint32_t asleep;
} progress;

/// A ring for one producer and one consumer.
typedef struct {
  progress put, taken;
  _Alignas(LINE_PAIR) char bytes[RING_BYTES];
} ring;

/// The private state of one side of a ring.
typedef struct {
  uint64_t own, other;
} side;

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("yield");
#endif
}

static void futex_wait(uint32_t *word, uint32_t value) { syscall(SYS_futex, word, FUTEX_WAIT, value, NULL); }
static void futex_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1); }

static uint64_t wait_for(progress *of, uint64_t least, bool sleeps) {
  for (int spins = 0;;) {
    const uint64_t count = __atomic_load_n(&of->count, __ATOMIC_ACQUIRE);
    if (count >= least) return count;
    pause_briefly();
    if (!sleeps || ++spins < SPINS) continue;
    spins = 0;
    __atomic_store_n(&of->asleep, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&of->count, __ATOMIC_SEQ_CST) < least) futex_wait(&of->asleep, 1);
  }
}

static void advance(progress *of, uint64_t count, bool sleeps) {
  __atomic_store_n(&of->count, count, __ATOMIC_RELEASE);
  if (!sleeps) return;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (__atomic_load_n(&of->asleep, __ATOMIC_RELAXED) == 0) return;
  __atomic_store_n(&of->asleep, 0, __ATOMIC_RELAXED);
  futex_wake(&of->asleep);
}

static inline void put(ring *r, side *mine, const void *message, size_t bytes, bool sleeps) {
  if (mine->own + bytes > mine->other + RING_BYTES) {
    mine->other = wait_for(&r->taken, mine->own + bytes - RING_BYTES, sleeps);
  }
  memcpy(r->bytes + mine->own % RING_BYTES, message, bytes);
  advance(&r->put, mine->own += bytes, sleeps);
}

static inline void take(ring *r, side *mine, void *message, size_t bytes, bool sleeps) {
  if (mine->other < mine->own + bytes) mine->other = wait_for(&r->put, mine->own + bytes, sleeps);
  memcpy(message, r->bytes + mine->own % RING_BYTES, bytes);
  advance(&r->taken, mine->own += bytes, sleeps);
}

/// Keeps the compiler from removing copies that no code reads.
static inline void look_at(void *message) { __asm__ volatile("" : : "r"(message) : "memory"); }

static inline void put_all(ring *r, void *message, size_t bytes, int64_t count, bool sleeps) {
  side mine = {0, 0};
  for (int64_t i = 0; i < count; i++) {
    look_at(message);
    put(r, &mine, message, bytes, sleeps);
  }
}

static inline void take_all(ring *r, void *message, size_t bytes, int64_t count, bool sleeps) {
  side mine = {0, 0};
  for (int64_t i = 0; i < count; i++) {
    take(r, &mine, message, bytes, sleeps);
    look_at(message);
  }
}

// The small sizes are compile-time constants.
static void put_sized(ring *r, void *message, size_t bytes, int64_t count, bool sleeps) {
  if (bytes == 8) put_all(r, message, 8, count, sleeps);
  else if (bytes == 64) put_all(r, message, 64, count, sleeps);
  else put_all(r, message, bytes, count, sleeps);
}

static void take_sized(ring *r, void *message, size_t bytes, int64_t count, bool sleeps) {
  if (bytes == 8) take_all(r, message, 8, count, sleeps);
  else if (bytes == 64) take_all(r, message, 64, count, sleeps);
  else take_all(r, message, bytes, count, sleeps);
}

double limit_ring_stream(int64_t bytes, int64_t count, bool sleeps) {
  ring *r = shared_memory(sizeof *r);
  uint32_t *started = shared_memory(sizeof *started);
  char *message = calloc(1, (size_t)bytes);
  if (r == NULL || started == NULL || message == NULL) return -ENOMEM;
  const pid_t child = fork();
  if (child == 0) {
    memset(message, 1, (size_t)bytes);
    __atomic_store_n(started, 1, __ATOMIC_RELEASE);
    take_sized(r, message, (size_t)bytes, count, sleeps);
    _exit(0);
  }
  if (child < 0) return -errno;
  while (!__atomic_load_n(started, __ATOMIC_ACQUIRE)) sched_yield();
  const double start = limit_now();
  put_sized(r, message, (size_t)bytes, count, sleeps);
  const int error = wait_for_children(&child, 1);
  const double seconds = limit_now() - start;
  free(message);
  free_shared_memory(started, sizeof *started);
  free_shared_memory(r, sizeof *r);
  return error < 0 ? error : seconds;
}

double limit_ring_round_trips(int64_t count, bool sleeps) {
  ring *there = shared_memory(sizeof *there), *back = shared_memory(sizeof *back);
  if (there == NULL || back == NULL) return -ENOMEM;
  char message[64] = {1};
  side out = {0, 0}, in = {0, 0};
  const pid_t child = fork();
  if (child == 0) {
    for (int64_t i = 0; i <= count; i++) {
      take(there, &in, message, sizeof message, sleeps);
      put(back, &out, message, sizeof message, sleeps);
    }
    _exit(0);
  }
  if (child < 0) return -errno;
  double start = 0;
  for (int64_t i = 0; i <= count; i++) {
    if (i == 1) start = limit_now(); // the first round trip includes the start of the child
    put(there, &out, message, sizeof message, sleeps);
    take(back, &in, message, sizeof message, sleeps);
  }
  const double seconds = limit_now() - start;
  const int error = wait_for_children(&child, 1);
  free_shared_memory(back, sizeof *back);
  free_shared_memory(there, sizeof *there);
  return error < 0 ? error : seconds;
}

// MARK: A futex

/// A slot for one message. `full` is 1 while the slot contains a message.
typedef struct {
  _Alignas(LINE_PAIR) uint32_t full;
  double sent;
} mailbox;

static void post_now(mailbox *box) {
  box->sent = limit_now();
  __atomic_store_n(&box->full, 1, __ATOMIC_RELEASE);
  futex_wake(&box->full);
}

static void post(mailbox *box, int64_t idle_microseconds) {
  usleep((useconds_t)idle_microseconds);
  post_now(box);
}

/// Waits for a message and returns its latency in seconds.
static double fetch(mailbox *box) {
  while (!__atomic_load_n(&box->full, __ATOMIC_ACQUIRE)) futex_wait(&box->full, 0);
  const double seconds = limit_now() - box->sent;
  __atomic_store_n(&box->full, 0, __ATOMIC_RELAXED);
  return seconds;
}

double limit_futex_round_trips(int64_t count, int64_t idle_microseconds) {
  mailbox *there = shared_memory(2 * sizeof *there), *back = there + 1;
  double *total = shared_memory(sizeof *total);
  if (there == NULL || total == NULL) return -ENOMEM;
  const pid_t child = fork();
  if (child == 0) {
    for (int64_t i = 0; i < count; i++) {
      *total += fetch(there);
      post(back, idle_microseconds);
    }
    _exit(0);
  }
  if (child < 0) return -errno;
  double seconds = 0;
  for (int64_t i = 0; i < count; i++) {
    post(there, idle_microseconds);
    seconds += fetch(back);
  }
  const int error = wait_for_children(&child, 1);
  seconds += *total;
  free_shared_memory(total, sizeof *total);
  free_shared_memory(there, 2 * sizeof *there);
  return error < 0 ? error : seconds;
}

double limit_work(int64_t steps) {
  uint64_t x = 1;
  while (steps-- > 0) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return (double)x;
}

double limit_work_beside(int64_t count, int64_t idle_microseconds, int64_t steps) {
  mailbox *there = shared_memory(2 * sizeof *there), *back = there + 1;
  if (there == NULL) return -ENOMEM;
  volatile double sink = 0;
  const pid_t child = fork();
  if (child == 0) {
    for (int64_t i = 0; i < count; i++) {
      fetch(there);
      sink += limit_work(steps);
      post_now(back);
    }
    _exit(0);
  }
  if (child < 0) return -errno;
  double seconds = 0;
  for (int64_t i = 0; i < count; i++) {
    usleep((useconds_t)idle_microseconds);
    const double start = limit_now();
    post_now(there);
    sink += limit_work(steps);
    fetch(back);
    seconds += limit_now() - start;
  }
  const int error = wait_for_children(&child, 1);
  free_shared_memory(there, 2 * sizeof *there);
  return error < 0 ? error : seconds;
}

// MARK: Tickets

typedef struct {
  _Alignas(CELL_BYTES) uint64_t turn;
  char message[CELL_BYTES];
} cell;

/// A ring for many processes. A process draws a ticket and waits for the turn of its cell. The
/// death of a process blocks all others.
typedef struct {
  _Alignas(LINE_PAIR) uint64_t tail;
  _Alignas(LINE_PAIR) uint64_t head;
  _Alignas(LINE_PAIR) cell cells[CELLS];
} tickets;

static void wait_for_turn(cell *c, uint64_t turn) {
  for (int spins = 0; __atomic_load_n(&c->turn, __ATOMIC_ACQUIRE) != turn;) {
    pause_briefly();
    if (++spins < 50) continue;
    sched_yield();
    spins = 0;
  }
}

static void put_tickets(tickets *t, int64_t count) {
  char message[CELL_BYTES] = {1};
  while (count-- > 0) {
    const uint64_t ticket = __atomic_fetch_add(&t->tail, 1, __ATOMIC_RELAXED);
    cell *c = &t->cells[ticket % CELLS];
    wait_for_turn(c, ticket);
    look_at(message);
    memcpy(c->message, message, CELL_BYTES);
    __atomic_store_n(&c->turn, ticket + 1, __ATOMIC_RELEASE);
  }
}

static void take_tickets(tickets *t, int64_t count) {
  char message[CELL_BYTES];
  while (count-- > 0) {
    const uint64_t ticket = __atomic_fetch_add(&t->head, 1, __ATOMIC_RELAXED);
    cell *c = &t->cells[ticket % CELLS];
    wait_for_turn(c, ticket + 1);
    memcpy(message, c->message, CELL_BYTES);
    look_at(message);
    __atomic_store_n(&c->turn, ticket + CELLS, __ATOMIC_RELEASE);
  }
}

double limit_ticket_stream(int pairs, int64_t count) {
  tickets *t = shared_memory(sizeof *t);
  start_line *line = shared_memory(sizeof *line);
  if (t == NULL || line == NULL || 2 * pairs > MOST_PROCESSES) return -ENOMEM;
  for (uint64_t i = 0; i < CELLS; i++) t->cells[i].turn = i;
  pid_t children[MOST_PROCESSES];
  for (int i = 0; i < 2 * pairs; i++) {
    children[i] = fork();
    if (children[i] < 0) return -errno;
    if (children[i] > 0) continue;
    wait_at(line);
    if (i < pairs) put_tickets(t, count);
    else take_tickets(t, count);
    _exit(0);
  }
  const double start = let_go(line, 2 * pairs);
  const int error = wait_for_children(children, 2 * pairs);
  const double seconds = limit_now() - start;
  free_shared_memory(line, sizeof *line);
  free_shared_memory(t, sizeof *t);
  return error < 0 ? error : seconds;
}
