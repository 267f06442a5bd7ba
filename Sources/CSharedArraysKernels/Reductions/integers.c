// Sums and products of integers modulo 2^64, whose order does not matter.
#include "CSharedArraysKernels.h"
#include "loops.h"

// The sum of this number of small integers fits in 32 bits.
enum { PIECE = 1 << 15 };

#define SUMS(CONSTANT, TYPE, NAME) SUMS_OF(TYPE, NAME, AS_IT_IS)
#define SUMS_OF(TYPE, NAME, VALUE) \
  CLONES static uint64_t sum_##NAME(const TYPE *x, ptrdiff_t stride, size_t count) { \
    uint64_t total = 0; \
    if (stride == 1 && sizeof(TYPE) < 4) { \
      for (size_t start = 0; start < count; start += PIECE) { \
        const size_t end = count - start < PIECE ? count : start + PIECE; \
        uint32_t sum = 0; \
        for (size_t i = start; i < end; i++) sum += (uint32_t)VALUE(x[i]); \
        total += (TYPE)-1 < 0 ? (uint64_t)(int32_t)sum : sum; \
      } \
    } else if (stride == 1) { \
      for (size_t i = 0; i < count; i++) total += (uint64_t)VALUE(x[i]); \
    } else { \
      for (size_t i = 0; i < count; i++) total += (uint64_t)VALUE(x[(ptrdiff_t)i * stride]); \
    } \
    return total; \
  } \
  static uint64_t product_##NAME(const TYPE *x, ptrdiff_t stride, size_t count) { \
    uint64_t products[4] = {1, 1, 1, 1}; \
    for (size_t i = 0; i < count; i++) products[i % 4] *= (uint64_t)VALUE(x[(ptrdiff_t)i * stride]); \
    return products[0] * products[1] * products[2] * products[3]; \
  } \
  CLONES static void sum_row_##NAME( \
    uint64_t *restrict totals, const TYPE *restrict x, ptrdiff_t stride, size_t columns) { \
    if (stride == 1) { \
      for (size_t i = 0; i < columns; i++) totals[i] += (uint64_t)VALUE(x[i]); \
    } else { \
      for (size_t i = 0; i < columns; i++) totals[i] += (uint64_t)VALUE(x[(ptrdiff_t)i * stride]); \
    } \
  } \
  CLONES static void product_row_##NAME( \
    uint64_t *restrict totals, const TYPE *restrict x, ptrdiff_t stride, size_t columns) { \
    for (size_t i = 0; i < columns; i++) totals[i] *= (uint64_t)VALUE(x[(ptrdiff_t)i * stride]); \
  }
EACH_INTEGER(SUMS)
SUMS_OF(uint8_t, bool, TRUTH)

void kernels_integers(int64_t *total, int type, int term, const void *x, ptrdiff_t stride, size_t count) {
  switch (type) {
#define CASE(CONSTANT, TYPE, NAME) \
  case CONSTANT: \
    if (term == KERNELS_PRODUCT) { \
      *total = (int64_t)((uint64_t)*total * product_##NAME(x, stride, count)); \
    } else { \
      *total = (int64_t)((uint64_t)*total + sum_##NAME(x, stride, count)); \
    } \
    break;
    EACH_INTEGER(CASE)
    CASE(KERNELS_BOOL, uint8_t, bool)
#undef CASE
  }
}

void kernels_integer_rows(
  int64_t *totals, int type, int term, const void *x, ptrdiff_t row_stride, size_t rows,
  ptrdiff_t column_stride, size_t columns) {
  for (size_t row = 0; row < rows; row++) {
    const void *start = kernels_at(x, type, (ptrdiff_t)row * row_stride);
    switch (type) {
#define CASE(CONSTANT, TYPE, NAME) \
  case CONSTANT: \
    if (term == KERNELS_PRODUCT) { \
      product_row_##NAME((uint64_t *)totals, start, column_stride, columns); \
    } else { \
      sum_row_##NAME((uint64_t *)totals, start, column_stride, columns); \
    } \
    break;
      EACH_INTEGER(CASE)
      CASE(KERNELS_BOOL, uint8_t, bool)
#undef CASE
    }
  }
}

#define HALVES(TYPE, NAME) \
  CLONES static void halves_##NAME( \
    int64_t *high, uint64_t *low, const TYPE *x, ptrdiff_t stride, size_t count) { \
    int64_t h = 0; \
    uint64_t l = 0; \
    if (stride == 1) { \
      for (size_t i = 0; i < count; i++) { \
        h += (int64_t)(x[i] >> 32); \
        l += (uint32_t)x[i]; \
      } \
    } else { \
      for (size_t i = 0; i < count; i++) { \
        h += (int64_t)(x[(ptrdiff_t)i * stride] >> 32); \
        l += (uint32_t)x[(ptrdiff_t)i * stride]; \
      } \
    } \
    *high = h; \
    *low = l; \
  }
HALVES(int64_t, i64)
HALVES(uint64_t, u64)

void kernels_halves(
  int64_t *high, uint64_t *low, int type, const void *x, ptrdiff_t stride, size_t count) {
  if (type == KERNELS_INT64) {
    halves_i64(high, low, x, stride, count);
  } else {
    halves_u64(high, low, x, stride, count);
  }
}
