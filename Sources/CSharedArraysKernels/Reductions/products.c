// Sums of the products of two runs: pairwise for floating-point numbers, and modulo 2^64 for
// integers.
#include "CSharedArraysKernels.h"
#include "loops.h"

enum { PIECE = 4 * KERNELS_BLOCK };

typedef union {
  double doubles[PIECE];
  float floats[PIECE];
} piece;

// Returns the numbers next to each other: in place if they are adjacent, and otherwise copied to
// `copy`.
INLINE const void *adjacent(piece *copy, int type, const void *x, ptrdiff_t stride, size_t count) {
  if (stride == 1 && type != KERNELS_FLOAT16) return x;
  kernels_gather(copy, type, x, stride, count);
  return copy;
}

static double real_products(
  int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride) {
  struct kernels_pairwise state;
  state.blocks = 0;
  piece first, second;
  const size_t step = x_stride == 1 && y_stride == 1 && type != KERNELS_FLOAT16 ? count : PIECE;
  for (size_t start = 0; start < count; start += step) {
    const size_t length = count - start < step ? count - start : step;
    const ptrdiff_t from = (ptrdiff_t)start;
    const void *a = adjacent(&first, type, kernels_at(x, type, from * x_stride), x_stride, length);
    const void *b = adjacent(&second, type, kernels_at(y, type, from * y_stride), y_stride, length);
    kernels_fold_products(&state, type, a, b, length);
  }
  return kernels_total(&state, type, KERNELS_SUM);
}

// Computes both parts of the products of complex numbers.
#define MULTIPLY(T) \
  CLONES static void multiply_##T( \
    T *restrict real, T *restrict imaginary, const T *x, ptrdiff_t xs, const T *y, ptrdiff_t ys, size_t n) { \
    if (xs == 2 && ys == 2) { \
      for (size_t i = 0; i < n; i++) { \
        real[i] = x[2 * i] * y[2 * i] - x[2 * i + 1] * y[2 * i + 1]; \
        imaginary[i] = x[2 * i] * y[2 * i + 1] + x[2 * i + 1] * y[2 * i]; \
      } \
      return; \
    } \
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++) { \
      real[i] = x[i * xs] * y[i * ys] - x[i * xs + 1] * y[i * ys + 1]; \
      imaginary[i] = x[i * xs] * y[i * ys + 1] + x[i * xs + 1] * y[i * ys]; \
    } \
  }
MULTIPLY(float)
MULTIPLY(double)

static void complex_products(
  double totals[2], int part, size_t count, const void *x, ptrdiff_t x_stride, const void *y,
  ptrdiff_t y_stride) {
  struct kernels_pairwise reals, imaginaries;
  reals.blocks = imaginaries.blocks = 0;
  piece real, imaginary;
  for (size_t start = 0; start < count; start += PIECE) {
    const size_t length = count - start < PIECE ? count - start : PIECE;
    const void *a = kernels_at(x, part, (ptrdiff_t)start * x_stride);
    const void *b = kernels_at(y, part, (ptrdiff_t)start * y_stride);
    if (part == KERNELS_FLOAT64) {
      multiply_double(real.doubles, imaginary.doubles, a, x_stride, b, y_stride, length);
    } else {
      multiply_float(real.floats, imaginary.floats, a, x_stride, b, y_stride, length);
    }
    kernels_fold(&reals, part, KERNELS_SUM, &real, 1, length, 1);
    kernels_fold(&imaginaries, part, KERNELS_SUM, &imaginary, 1, length, 1);
  }
  totals[0] = kernels_total(&reals, part, KERNELS_SUM);
  totals[1] = kernels_total(&imaginaries, part, KERNELS_SUM);
}

void kernels_products(
  double totals[2], int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y,
  ptrdiff_t y_stride) {
  if (type == KERNELS_COMPLEX64 || type == KERNELS_COMPLEX128) {
    const int part = type == KERNELS_COMPLEX64 ? KERNELS_FLOAT32 : KERNELS_FLOAT64;
    return complex_products(totals, part, count, x, 2 * x_stride, y, 2 * y_stride);
  }
  totals[0] = real_products(type, count, x, x_stride, y, y_stride);
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
