#define _GNU_SOURCE
#include "support.h"

#include "CLimits.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

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
  // An extent without any page is refused. One page each costs far less than the 512 that it saves.
  for (size_t offset = 0; offset < bytes; offset += HUGE_PAGE) *(volatile char *)(address + offset) = 0;
  return madvise(address, bytes, MADV_COLLAPSE) < 0 ? -errno : 0;
}

void touch_each_page(char *address, size_t bytes) {
  for (size_t offset = 0; offset < bytes; offset += SMALL_PAGE) *(volatile char *)(address + offset) = 1;
}
