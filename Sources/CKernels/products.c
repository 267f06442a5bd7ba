// Sums of products of two runs: in pairs of pairs, as sums are; of integers modulo 2^64.
#include "CKernels.h"
#include "loops.h"

enum { PIECE = 4 * KERNELS_BLOCK };

CLONES static void multiply_doubles(double *restrict r, const double *x, const double *y, size_t n) {
  for (size_t i = 0; i < n; i++) r[i] = x[i] * y[i];
}
CLONES static void multiply_floats(float *restrict r, const float *x, const float *y, size_t n) {
  for (size_t i = 0; i < n; i++) r[i] = x[i] * y[i];
}

typedef union {
  double doubles[PIECE];
  float floats[PIECE];
} piece;

// The numbers next to each other: as they lie, or copied to `copy`.
INLINE const void *adjacent(piece *copy, int type, const void *x, ptrdiff_t stride, size_t count) {
  if (stride == 1 && type != KERNELS_FLOAT16) return x;
  kernels_gather(copy, type, x, stride, count);
  return copy;
}

static double real_products(
  int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride) {
  struct kernels_pairwise state = {0};
  const int are_doubles = type == KERNELS_FLOAT64;
  piece first, second, products;
  for (size_t start = 0; start < count; start += PIECE) {
    const size_t length = count - start < PIECE ? count - start : PIECE;
    const ptrdiff_t from = (ptrdiff_t)start;
    const void *a = adjacent(&first, type, kernels_at(x, type, from * x_stride), x_stride, length);
    const void *b = adjacent(&second, type, kernels_at(y, type, from * y_stride), y_stride, length);
    if (are_doubles) {
      multiply_doubles(products.doubles, a, b, length);
    } else {
      multiply_floats(products.floats, a, b, length);
    }
    kernels_fold(&state, are_doubles ? KERNELS_FLOAT64 : KERNELS_FLOAT32, KERNELS_SUM, &products, 1, length, 1);
  }
  return kernels_total(&state, are_doubles ? KERNELS_FLOAT64 : KERNELS_FLOAT32, KERNELS_SUM);
}

void kernels_products(
  double totals[2], int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y,
  ptrdiff_t y_stride) {
  if (type != KERNELS_COMPLEX64 && type != KERNELS_COMPLEX128) {
    totals[0] = real_products(type, count, x, x_stride, y, y_stride);
    return;
  }
  const int part = type == KERNELS_COMPLEX64 ? KERNELS_FLOAT32 : KERNELS_FLOAT64;
  const void *xi = kernels_at(x, part, 1), *yi = kernels_at(y, part, 1);
  const ptrdiff_t xs = 2 * x_stride, ys = 2 * y_stride;
  totals[0] = real_products(part, count, x, xs, y, ys) - real_products(part, count, xi, xs, yi, ys);
  totals[1] = real_products(part, count, x, xs, yi, ys) + real_products(part, count, xi, xs, y, ys);
}

#define PRODUCTS(CONSTANT, TYPE, NAME) \
  CLONES static uint64_t products_##NAME( \
    size_t count, const TYPE *x, ptrdiff_t x_stride, const TYPE *y, ptrdiff_t y_stride) { \
    uint64_t total = 0; \
    if (x_stride == 1 && y_stride == 1) { \
      for (size_t i = 0; i < count; i++) total += (uint64_t)x[i] * (uint64_t)y[i]; \
    } else { \
      for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) { \
        total += (uint64_t)x[i * x_stride] * (uint64_t)y[i * y_stride]; \
      } \
    } \
    return total; \
  }
EACH_INTEGER(PRODUCTS)

int64_t kernels_integer_products(
  int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride) {
  switch (type) {
#define CASE(CONSTANT, TYPE, NAME) \
  case CONSTANT: return (int64_t)products_##NAME(count, x, x_stride, y, y_stride);
    EACH_INTEGER(CASE)
#undef CASE
  }
  return 0;
}
