/// What the workloads have in common; not seen from Swift.
#ifndef CBASELINES_SUPPORT_H
#define CBASELINES_SUPPORT_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SMALL_PAGE = 4096, HUGE_PAGE = 2 << 20 };

/// `bytes` rounded up to whole huge pages.
size_t whole_huge_pages(size_t bytes);
/// Reserves address space for `bytes`, whole huge pages, at a huge page boundary and without memory behind
/// it. NULL on failure.
char *reserve_aligned(size_t bytes);
/// Turns an untouched, aligned shared mapping into huge pages. 0 or -errno.
int collapse(char *address, size_t bytes);
void touch_each_page(char *address, size_t bytes);

/// Zeros that later children share, all their pages present. NULL on failure.
void *shared_memory(size_t bytes);
void free_shared_memory(void *memory, size_t bytes);
/// Waits for the end of children. 0, -errno, or -ECHILD if one did not end with code 0.
int wait_for_children(const pid_t *children, int count);

/// Where children wait for one another, in shared memory.
typedef struct {
  uint32_t arrived, open;
} start_line;

void wait_at(start_line *line);
/// Opens the line when all `count` have arrived; the moment at which it did.
double let_go(start_line *line, int count);

/// Chooses two of the cores that this process may use; both are all of them where there are fewer than two.
void choose_two_cores(cpu_set_t *allowed, cpu_set_t *first, cpu_set_t *second);

#endif
