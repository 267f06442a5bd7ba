// Loops that sort elements in ascending order: false before true, -0.0 before 0.0, NaN last.
#pragma once

#include "CKernelsTypes.h"

#include <stddef.h>
#include <stdint.h>

// Writes `count` elements in ascending order to `result`, which may be their own memory. `spare`
// has room for twice the number of elements, adjacent, and is private, because other programs may
// write the elements during the call.
void kernels_sort(
  int type, const void *x, ptrdiff_t stride, size_t count, void *result, ptrdiff_t result_stride, void *spare);

// An element as an unsigned integer with the same order, and its position.
struct kernels_ranked {
  uint64_t key;
  int64_t position;
};

// Writes the positions of the elements in ascending order. Equal elements keep their order; zeros
// of either sign are equal. `spare` is private memory with room for twice the number of elements.
void kernels_rank(
  int type, const void *x, ptrdiff_t stride, size_t count, int64_t *positions, ptrdiff_t position_stride,
  struct kernels_ranked *spare);
