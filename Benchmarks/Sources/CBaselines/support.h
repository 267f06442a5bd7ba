/// Functions that several baselines use. Swift does not see this header.
#ifndef CBASELINES_SUPPORT_H
#define CBASELINES_SUPPORT_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SMALL_PAGE = 4096, HUGE_PAGE = 2 << 20 };

/// Returns `bytes` rounded up to whole huge pages.
size_t whole_huge_pages(size_t bytes);
/// Reserves address space of whole huge pages at a huge page boundary, without memory. Returns NULL
/// on failure.
char *reserve_aligned(size_t bytes);
/// Collapses an untouched, aligned shared mapping into huge pages. Returns 0 or -errno.
int collapse(char *address, size_t bytes);
void touch_each_page(char *address, size_t bytes);

/// Maps zeros that children forked later share, with all pages present. Returns NULL on failure.
void *shared_memory(size_t bytes);
void free_shared_memory(void *memory, size_t bytes);
/// Reaps children. Returns 0, -errno, or -ECHILD if a child did not exit with code 0.
int wait_for_children(const pid_t *children, int count);

/// A start line in shared memory, at which children wait for each other.
typedef struct {
  uint32_t arrived, open;
} start_line;

/// Waits at the line until the parent opens it.
void wait_at(start_line *line);
/// Opens the line when all `count` children have arrived. Returns the time at which it opened.
double let_go(start_line *line, int count);

/// Chooses two of the cores in the affinity of this process. With fewer than two cores, both sets
/// are all cores.
void choose_two_cores(cpu_set_t *allowed, cpu_set_t *first, cpu_set_t *second);

#endif
