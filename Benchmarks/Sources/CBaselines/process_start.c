// Starting and reaping a process.
#define _GNU_SOURCE
#include "CBaselines.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

double limit_fork_wait(void) {
  const double start = limit_now();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child < 0) return -errno;
  while (waitpid(child, NULL, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return limit_now() - start;
}

double limit_run_self(const char *argument) {
  char *arguments[] = {"self", (char *)argument, NULL};
  const double start = limit_now();
  pid_t child;
  const int error = posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ);
  if (error) return -error;
  while (waitpid(child, NULL, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return limit_now() - start;
}

void *limit_private_memory(int64_t bytes) {
  void *memory = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  madvise(memory, (size_t)bytes, MADV_NOHUGEPAGE);
  memset(memory, 1, (size_t)bytes);
  return memory;
}

void limit_free_memory(void *memory, int64_t bytes) { munmap(memory, (size_t)bytes); }
