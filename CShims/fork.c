#include "CShimsFork.h"

#include <pthread.h>

// The state is private memory. A child has a copy, which `after_fork_in_child` corrects before any
// code of the program runs there.
static uint64_t begun_forks, ended_forks;
static uint64_t generation;
static pthread_mutex_t mutexes[CSHIMS_SLOT_COUNT] = {
  PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
  PTHREAD_MUTEX_INITIALIZER};
static void *slots[CSHIMS_SLOT_COUNT];

static void before_fork(void) { __atomic_fetch_add(&begun_forks, 1, __ATOMIC_SEQ_CST); }
static void after_fork(void) { __atomic_fetch_add(&ended_forks, 1, __ATOMIC_SEQ_CST); }

static void after_fork_in_child(void) {
  // Forks that other threads of the parent had started do not end here.
  ended_forks = begun_forks;
  generation++;
  // Another thread of the parent might have held a mutex, with the state it guards half changed.
  for (int slot = 0; slot < CSHIMS_SLOT_COUNT; slot++) {
    pthread_mutex_init(&mutexes[slot], NULL);
    slots[slot] = NULL;
  }
}

__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

uint64_t cshims_begun_fork_count(void) { return __atomic_load_n(&begun_forks, __ATOMIC_SEQ_CST); }
uint64_t cshims_ended_fork_count(void) { return __atomic_load_n(&ended_forks, __ATOMIC_SEQ_CST); }
uint64_t cshims_process_generation(void) { return generation; }
void cshims_lock_slot(int slot) { pthread_mutex_lock(&mutexes[slot]); }
void cshims_unlock_slot(int slot) { pthread_mutex_unlock(&mutexes[slot]); }
void **cshims_slot(int slot) { return &slots[slot]; }
