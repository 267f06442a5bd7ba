// A counter that processes increment, under a lock or atomically.
#define _GNU_SOURCE
#include "CBaselines.h"
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

enum { LINE_PAIR = 128, MOST_PROCESSES = 16 };

struct limit_counter {
  _Alignas(LINE_PAIR) pthread_mutex_t mutex;
  _Alignas(LINE_PAIR) pthread_mutex_t robust;
  _Alignas(LINE_PAIR) sem_t semaphore;
  _Alignas(LINE_PAIR) int64_t count;
};

limit_counter *limit_counter_create(void) {
  limit_counter *counter = shared_memory(sizeof *counter);
  if (counter == NULL) return NULL;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&counter->mutex, &attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&counter->robust, &attributes);
  pthread_mutexattr_destroy(&attributes);
  sem_init(&counter->semaphore, 1, 1);
  return counter;
}

void limit_counter_free(limit_counter *counter) { free_shared_memory(counter, sizeof *counter); }

int64_t *limit_counter_place(limit_counter *counter) { return &counter->count; }

static void add(limit_counter *counter, limit_lock lock, int64_t times) {
  switch (lock) {
  case LIMIT_MUTEX:
    while (times-- > 0) {
      pthread_mutex_lock(&counter->mutex);
      counter->count++;
      pthread_mutex_unlock(&counter->mutex);
    }
    break;
  case LIMIT_ROBUST_MUTEX:
    while (times-- > 0) {
      pthread_mutex_lock(&counter->robust);
      counter->count++;
      pthread_mutex_unlock(&counter->robust);
    }
    break;
  case LIMIT_SEMAPHORE:
    while (times-- > 0) {
      sem_wait(&counter->semaphore);
      counter->count++;
      sem_post(&counter->semaphore);
    }
    break;
  case LIMIT_ATOMIC:
    while (times-- > 0) __atomic_fetch_add(&counter->count, 1, __ATOMIC_SEQ_CST);
    break;
  }
}

double limit_counter_alone(limit_counter *counter, limit_lock lock, int64_t times) {
  const double start = limit_now();
  add(counter, lock, times);
  return limit_now() - start;
}

double limit_counter_contended(limit_counter *counter, limit_lock lock, int processes, int64_t times) {
  start_line *line = shared_memory(sizeof *line);
  if (line == NULL || processes > MOST_PROCESSES) return -ENOMEM;
  const int64_t before = counter->count;
  pid_t children[MOST_PROCESSES];
  for (int i = 0; i < processes; i++) {
    children[i] = fork();
    if (children[i] < 0) return -errno;
    if (children[i] > 0) continue;
    wait_at(line);
    add(counter, lock, times);
    _exit(0);
  }
  const double start = let_go(line, processes);
  const int error = wait_for_children(children, processes);
  const double seconds = limit_now() - start;
  free_shared_memory(line, sizeof *line);
  if (error == 0 && counter->count - before != processes * times) return -EILSEQ;
  return error < 0 ? error : seconds;
}
