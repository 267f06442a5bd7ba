#define _GNU_SOURCE
#include "support.h"

#include "CBaselines.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 // the C library of Debian 12 is older than the call
#endif

double limit_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

size_t whole_huge_pages(size_t bytes) {
  return (bytes + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

char *reserve_aligned(size_t bytes) {
  char *start = mmap(NULL, bytes + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return NULL;
  const size_t before = -(size_t)start & (HUGE_PAGE - 1);
  if (before > 0) munmap(start, before);
  munmap(start + before + bytes, HUGE_PAGE - before);
  return start + before;
}

int collapse(char *address, size_t bytes) {
  // MADV_COLLAPSE refuses a range without any page. One page per huge page is much cheaper than
  // 512.
  for (size_t offset = 0; offset < bytes; offset += HUGE_PAGE) *(volatile char *)(address + offset) = 0;
  return madvise(address, bytes, MADV_COLLAPSE) < 0 ? -errno : 0;
}

void touch_each_page(char *address, size_t bytes) {
  for (size_t offset = 0; offset < bytes; offset += SMALL_PAGE) *(volatile char *)(address + offset) = 1;
}

void *shared_memory(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  memset(memory, 0, bytes);
  return memory;
}

void free_shared_memory(void *memory, size_t bytes) { munmap(memory, bytes); }

int wait_for_children(const pid_t *children, int count) {
  int error = 0;
  for (int i = 0; i < count; i++) {
    int status;
    while (waitpid(children[i], &status, 0) < 0) {
      if (errno != EINTR) return -errno;
    }
    if (status != 0) error = -ECHILD;
  }
  return error;
}

void wait_at(start_line *line) {
  __atomic_fetch_add(&line->arrived, 1, __ATOMIC_SEQ_CST);
  while (!__atomic_load_n(&line->open, __ATOMIC_ACQUIRE)) syscall(SYS_futex, &line->open, FUTEX_WAIT, 0, NULL);
}

double let_go(start_line *line, int count) {
  while (__atomic_load_n(&line->arrived, __ATOMIC_ACQUIRE) < (uint32_t)count) sched_yield();
  const double start = limit_now();
  __atomic_store_n(&line->open, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, &line->open, FUTEX_WAKE, INT32_MAX);
  return start;
}

void choose_two_cores(cpu_set_t *allowed, cpu_set_t *first, cpu_set_t *second) {
  CPU_ZERO(allowed);
  sched_getaffinity(0, sizeof *allowed, allowed);
  *first = *second = *allowed;
  if (CPU_COUNT(allowed) < 2) return;
  CPU_ZERO(first);
  CPU_ZERO(second);
  int core = 0;
  while (!CPU_ISSET(core, allowed)) core++;
  CPU_SET(core++, first);
  while (!CPU_ISSET(core, allowed)) core++;
  CPU_SET(core, second);
}
