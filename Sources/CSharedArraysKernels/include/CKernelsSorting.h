// Elements in ascending order: false before true, -0.0 before 0.0, NaN last.
#pragma once

#include "CKernelsTypes.h"

#include <stddef.h>
#include <stdint.h>

// Writes elements, which lie `stride` apart, in order to the places of `result`, which may be their own. `spare` is room for
// twice as many, adjacent, and private: other programs may write the elements meanwhile.
void kernels_sort(
  int type, const void *x, ptrdiff_t stride, size_t count, void *result, ptrdiff_t result_stride, void *spare);

// An element as an unsigned integer in the same order, and its position.
struct kernels_ranked {
  uint64_t key;
  int64_t position;
};

// Writes the positions of the elements in ascending order; those of equal ones, among them zeros of either sign, stay in
// order. `spare` is private room for twice as many.
void kernels_rank(
  int type, const void *x, ptrdiff_t stride, size_t count, int64_t *positions, ptrdiff_t position_stride,
  struct kernels_ranked *spare);
