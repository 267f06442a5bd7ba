/// What the workloads have in common; not seen from Swift.
#ifndef CLIMITS_SUPPORT_H
#define CLIMITS_SUPPORT_H

#include <stddef.h>

enum { SMALL_PAGE = 4096, HUGE_PAGE = 2 << 20 };

/// `bytes` rounded up to whole huge pages.
size_t whole_huge_pages(size_t bytes);
/// Reserves address space for `bytes`, whole huge pages, at a huge page boundary and without memory behind
/// it. NULL on failure.
char *reserve_aligned(size_t bytes);
/// Turns an untouched, aligned shared mapping into huge pages. 0 or -errno.
int collapse(char *address, size_t bytes);
void touch_each_page(char *address, size_t bytes);

#endif
