// Loops over two operands and a result, element by element.
#pragma once

#include "CSharedArraysKernels.h"
#include "loops.h"

// The caller guarantees that operands overlap the result element for element or not at all.
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

typedef void kernel(
  ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a, ptrdiff_t a_stride, const void *b,
  ptrdiff_t b_stride);

typedef struct { float x, y; } complex64;
typedef struct { double x, y; } complex128;

// A loop over complex numbers that computes REAL and IMAGINARY from the parts x, xi, y and yi. The
// compiler can vectorize loops over parts, but not loops over structs.
#define COMPLEX_LOOPS(NAME, T, REAL, IMAGINARY) \
  INLINE void NAME##_of(T *r, const T x, const T xi, const T y, const T yi) { \
    const T real = REAL, imaginary = IMAGINARY; \
    r[0] = real; \
    r[1] = imaginary; \
  } \
  CLONES static void NAME( \
    ptrdiff_t n, void *result, ptrdiff_t rs, const void *first, ptrdiff_t as, const void *second, \
    ptrdiff_t bs) { \
    T *r = result; \
    const T *a = first, *b = second; \
    if (rs == 1 && as == 1 && bs == 1) { \
      INDEPENDENT for (ptrdiff_t i = 0; i < n; i++) \
        NAME##_of(r + 2 * i, a[2 * i], a[2 * i + 1], b[2 * i], b[2 * i + 1]); \
    } else if (rs == 1 && as == 1 && bs == 0) { \
      const T y = b[0], yi = b[1]; \
      INDEPENDENT for (ptrdiff_t i = 0; i < n; i++) NAME##_of(r + 2 * i, a[2 * i], a[2 * i + 1], y, yi); \
    } else if (rs == 1 && as == 0 && bs == 1) { \
      const T x = a[0], xi = a[1]; \
      INDEPENDENT for (ptrdiff_t i = 0; i < n; i++) NAME##_of(r + 2 * i, x, xi, b[2 * i], b[2 * i + 1]); \
    } else { \
      for (ptrdiff_t i = 0; i < n; i++) \
        NAME##_of(r + 2 * i * rs, a[2 * i * as], a[2 * i * as + 1], b[2 * i * bs], b[2 * i * bs + 1]); \
    } \
  }

// A loop that computes EXPRESSION, of type R, from `x` and `y`, of type T. Contiguous and repeated
// operands have separate loops, which the compiler can vectorize.
#define LOOPS(PROMISE, NAME, R, T, EXPRESSION) \
  INLINE R NAME##_of(const T x, const T y) { return EXPRESSION; } \
  CLONES static void NAME( \
    ptrdiff_t n, void *result, ptrdiff_t rs, const void *first, ptrdiff_t as, const void *second, \
    ptrdiff_t bs) { \
    R *r = result; \
    const T *a = first, *b = second; \
    if (rs == 1 && as == 1 && bs == 1) { \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = NAME##_of(a[i], b[i]); \
    } else if (rs == 1 && as == 1 && bs == 0) { \
      const T y = b[0]; \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = NAME##_of(a[i], y); \
    } else if (rs == 1 && as == 0 && bs == 1) { \
      const T x = a[0]; \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = NAME##_of(x, b[i]); \
    } else { \
      for (ptrdiff_t i = 0; i < n; i++) r[i * rs] = NAME##_of(a[i * as], b[i * bs]); \
    } \
  }

// Lists of loops by type, for tables. Some loops are shared by signed and unsigned integers.
#define UNSIGNED_TYPES(OP) \
  [KERNELS_UINT8] = OP##_uint8, [KERNELS_UINT16] = OP##_uint16, [KERNELS_UINT32] = OP##_uint32, \
  [KERNELS_UINT64] = OP##_uint64
#define BY_WIDTH(OP) \
  [KERNELS_INT8] = OP##_uint8, [KERNELS_INT16] = OP##_uint16, [KERNELS_INT32] = OP##_uint32, \
  [KERNELS_INT64] = OP##_uint64, UNSIGNED_TYPES(OP)
#define INTEGERS(OP) \
  [KERNELS_INT8] = OP##_int8, [KERNELS_INT16] = OP##_int16, [KERNELS_INT32] = OP##_int32, \
  [KERNELS_INT64] = OP##_int64, UNSIGNED_TYPES(OP)
#define FLOATS(OP) \
  [KERNELS_FLOAT16] = OP##_float16, [KERNELS_FLOAT32] = OP##_float32, [KERNELS_FLOAT64] = OP##_float64
#define COMPLEXES(OP) [KERNELS_COMPLEX64] = OP##_complex64, [KERNELS_COMPLEX128] = OP##_complex128
