// Running sums, products and extremes. Each result depends on the one before it, so elements are
// processed in order.
#include "CSharedArraysKernels.h"
#include "binary.h"

#define ACCUMULATE(NAME, T, ADD, MULTIPLY) \
  CLONES static void sums_##NAME(ptrdiff_t n, T *x, ptrdiff_t stride) { \
    T total = x[0]; \
    for (ptrdiff_t i = 1; i < n; i++) { \
      const T y = x[i * stride]; \
      x[i * stride] = total = ADD; \
    } \
  } \
  CLONES static void products_##NAME(ptrdiff_t n, T *x, ptrdiff_t stride) { \
    T total = x[0]; \
    for (ptrdiff_t i = 1; i < n; i++) { \
      const T y = x[i * stride]; \
      x[i * stride] = total = MULTIPLY; \
    } \
  }
#define REAL(NAME, T) ACCUMULATE(NAME, T, total + y, total * y)
#define COMPLEX(NAME, T) \
  ACCUMULATE( \
    NAME, T, ((T){total.x + y.x, total.y + y.y}), \
    ((T){total.x * y.x - total.y * y.y, total.x * y.y + total.y * y.x}))
REAL(uint64, uint64_t)
REAL(float16, _Float16)
REAL(float32, float)
REAL(float64, double)
COMPLEX(complex64, complex64)
COMPLEX(complex128, complex128)

void kernels_accumulate(int is_product, int type, ptrdiff_t count, void *x, ptrdiff_t stride) {
  if (count == 0) return;
  switch (type) {
#define CASE(CONSTANT, NAME) \
  case CONSTANT: return is_product ? products_##NAME(count, x, stride) : sums_##NAME(count, x, stride);
    CASE(KERNELS_INT64, uint64)
    CASE(KERNELS_UINT64, uint64)
    CASE(KERNELS_FLOAT16, float16)
    CASE(KERNELS_FLOAT32, float32)
    CASE(KERNELS_FLOAT64, float64)
    CASE(KERNELS_COMPLEX64, complex64)
    CASE(KERNELS_COMPLEX128, complex128)
#undef CASE
  }
}

// After a NaN all results are NaN, because comparisons with NaN are false.
#define EXTREMES(CONSTANT, T, NAME) \
  static void running_##NAME(int largest, ptrdiff_t n, T *x, ptrdiff_t stride) { \
    T best = x[0]; \
    for (ptrdiff_t i = 1; i < n; i++) { \
      const T y = x[i * stride]; \
      if ((largest ? y > best : y < best) || y != y) best = y; \
      x[i * stride] = best; \
    } \
  }
EXTREMES(KERNELS_FLOAT16, _Float16, f16)
EXTREMES(KERNELS_FLOAT32, float, f32)
EXTREMES(KERNELS_FLOAT64, double, f64)
EACH_INTEGER(EXTREMES)

void kernels_accumulate_extreme(int largest, int type, ptrdiff_t count, void *x, ptrdiff_t stride) {
  if (count == 0) return;
  switch (type) {
#define CASE(CONSTANT, T, NAME) \
  case CONSTANT: return running_##NAME(largest, count, x, stride);
    CASE(KERNELS_FLOAT16, _Float16, f16)
    CASE(KERNELS_FLOAT32, float, f32)
    CASE(KERNELS_FLOAT64, double, f64)
    EACH_INTEGER(CASE)
#undef CASE
  }
}
