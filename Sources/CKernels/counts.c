// How many elements have a property.
#include "CKernels.h"
#include "loops.h"

#include <math.h>

// `MASK` leaves the bits that make an element count if one of them is set.
#define COUNTS(TYPE, NAME) \
  CLONES static size_t count_##NAME(const TYPE *x, TYPE mask, ptrdiff_t stride, size_t count) { \
    size_t total = 0; \
    if (stride == 1) { \
      for (size_t start = 0; start < count; start += 128) { \
        const size_t end = count - start < 128 ? count : start + 128; \
        TYPE sum = 0; \
        for (size_t i = start; i < end; i++) sum += (x[i] & mask) != 0; \
        total += sum; \
      } \
    } else { \
      for (size_t i = 0; i < count; i++) total += (x[(ptrdiff_t)i * stride] & mask) != 0; \
    } \
    return total; \
  } \
  CLONES static void count_row_##NAME( \
    int64_t *restrict counts, const TYPE *restrict x, TYPE mask, ptrdiff_t stride, size_t columns) { \
    if (stride == 1) { \
      for (size_t i = 0; i < columns; i++) counts[i] += (x[i] & mask) != 0; \
    } else { \
      for (size_t i = 0; i < columns; i++) counts[i] += (x[(ptrdiff_t)i * stride] & mask) != 0; \
    } \
  }

// Bits beyond those of infinity, the sign left out, are those of a NaN.
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
COUNTS(uint8_t, u8)
COUNTS(uint16_t, u16)
COUNTS(uint32_t, u32)
COUNTS(uint64_t, u64)
NUMBERS(uint16_t, u16)
NUMBERS(uint32_t, u32)
NUMBERS(uint64_t, u64)

size_t kernels_count(int type, int what, const void *x, ptrdiff_t stride, size_t count) {
  const int numbers = what == KERNELS_NUMBERS;
  switch (type) {
  case KERNELS_FLOAT16:
    return numbers ? count_numbers_u16(x, 0x7c00, stride, count) : count_u16(x, 0x7fff, stride, count);
  case KERNELS_FLOAT32:
    return numbers ? count_numbers_u32(x, 0x7f800000, stride, count)
                   : count_u32(x, INT32_MAX, stride, count);
  case KERNELS_FLOAT64:
    return numbers ? count_numbers_u64(x, 0x7ff0000000000000, stride, count)
                   : count_u64(x, INT64_MAX, stride, count);
  }
  if (numbers) return count;
  switch (type) {
  case KERNELS_INT8:
  case KERNELS_UINT8: return count_u8(x, UINT8_MAX, stride, count);
  case KERNELS_INT16:
  case KERNELS_UINT16: return count_u16(x, UINT16_MAX, stride, count);
  case KERNELS_INT32:
  case KERNELS_UINT32: return count_u32(x, UINT32_MAX, stride, count);
  default: return count_u64(x, UINT64_MAX, stride, count);
  }
}

static void count_row(
  int64_t *counts, int type, int what, const void *x, ptrdiff_t stride, size_t columns) {
  const int numbers = what == KERNELS_NUMBERS;
  switch (type) {
  case KERNELS_FLOAT16:
    if (numbers) return count_numbers_row_u16(counts, x, 0x7c00, stride, columns);
    return count_row_u16(counts, x, 0x7fff, stride, columns);
  case KERNELS_FLOAT32:
    if (numbers) return count_numbers_row_u32(counts, x, 0x7f800000, stride, columns);
    return count_row_u32(counts, x, INT32_MAX, stride, columns);
  case KERNELS_FLOAT64:
    if (numbers) return count_numbers_row_u64(counts, x, 0x7ff0000000000000, stride, columns);
    return count_row_u64(counts, x, INT64_MAX, stride, columns);
  }
  if (numbers) {
    for (size_t i = 0; i < columns; i++) counts[i]++;
    return;
  }
  switch (type) {
  case KERNELS_INT8:
  case KERNELS_UINT8: return count_row_u8(counts, x, UINT8_MAX, stride, columns);
  case KERNELS_INT16:
  case KERNELS_UINT16: return count_row_u16(counts, x, UINT16_MAX, stride, columns);
  case KERNELS_INT32:
  case KERNELS_UINT32: return count_row_u32(counts, x, UINT32_MAX, stride, columns);
  default: return count_row_u64(counts, x, UINT64_MAX, stride, columns);
  }
}

void kernels_count_rows(
  int64_t *counts, int type, int what, const void *x, ptrdiff_t row_stride, size_t rows,
  ptrdiff_t column_stride, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    count_row(
      counts, type, what, kernels_at(x, type, (ptrdiff_t)row * row_stride), column_stride, columns);
  }
}
