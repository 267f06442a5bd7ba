// Counts of the elements that are not NaN.
#include "CSharedArraysKernels.h"
#include "loops.h"

// Without its sign bit, a NaN is larger than infinity when compared as an unsigned integer.
#define NUMBERS(TYPE, NAME) \
  CLONES static size_t count_numbers_##NAME(const TYPE *x, TYPE infinity, ptrdiff_t stride, size_t count) { \
    size_t total = 0; \
    for (size_t i = 0; i < count; i++) { \
      total += (TYPE)(x[(ptrdiff_t)i * stride] << 1) <= (TYPE)(infinity << 1); \
    } \
    return total; \
  } \
  CLONES static void count_numbers_row_##NAME( \
    int64_t *restrict counts, const TYPE *restrict x, TYPE infinity, ptrdiff_t stride, size_t columns) { \
    for (size_t i = 0; i < columns; i++) { \
      counts[i] += (TYPE)(x[(ptrdiff_t)i * stride] << 1) <= (TYPE)(infinity << 1); \
    } \
  }
NUMBERS(uint16_t, u16)
NUMBERS(uint32_t, u32)
NUMBERS(uint64_t, u64)

size_t kernels_count(int type, const void *x, ptrdiff_t stride, size_t count) {
  switch (type) {
  case KERNELS_FLOAT16: return count_numbers_u16(x, 0x7c00, stride, count);
  case KERNELS_FLOAT32: return count_numbers_u32(x, 0x7f800000, stride, count);
  case KERNELS_FLOAT64: return count_numbers_u64(x, 0x7ff0000000000000, stride, count);
  default: return count;
  }
}

static void count_row(int64_t *counts, int type, const void *x, ptrdiff_t stride, size_t columns) {
  switch (type) {
  case KERNELS_FLOAT16: return count_numbers_row_u16(counts, x, 0x7c00, stride, columns);
  case KERNELS_FLOAT32: return count_numbers_row_u32(counts, x, 0x7f800000, stride, columns);
  case KERNELS_FLOAT64: return count_numbers_row_u64(counts, x, 0x7ff0000000000000, stride, columns);
  default:
    for (size_t i = 0; i < columns; i++) counts[i]++;
  }
}

void kernels_count_rows(
  int64_t *counts, int type, const void *x, ptrdiff_t row_stride, size_t rows, ptrdiff_t column_stride,
  size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    count_row(counts, type, kernels_at(x, type, (ptrdiff_t)row * row_stride), column_stride, columns);
  }
}
