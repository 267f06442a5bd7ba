#include "CShimsFork.h"

#include <pthread.h>

// The state is private memory: a child has a copy, which `after_fork_in_child` puts right before any code of the
// program runs there.
static uint64_t forks;
static uint64_t generation;
static pthread_mutex_t arena_mutex = PTHREAD_MUTEX_INITIALIZER;
static void *arena;

static void before_or_after_fork(void) { __atomic_fetch_add(&forks, 1, __ATOMIC_SEQ_CST); }

static void after_fork_in_child(void) {
  forks++;
  generation++;
  // Another thread of the parent may have held the mutex, with the arena half changed.
  pthread_mutex_init(&arena_mutex, NULL);
  arena = NULL;
}

__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(before_or_after_fork, before_or_after_fork, after_fork_in_child);
}

uint64_t cshims_fork_count(void) { return __atomic_load_n(&forks, __ATOMIC_SEQ_CST); }
uint64_t cshims_process_generation(void) { return generation; }
void cshims_arena_lock(void) { pthread_mutex_lock(&arena_mutex); }
void cshims_arena_unlock(void) { pthread_mutex_unlock(&arena_mutex); }
void **cshims_arena_slot(void) { return &arena; }
