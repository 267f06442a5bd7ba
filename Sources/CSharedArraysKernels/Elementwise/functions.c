// Elementary functions of elements.
//
// On x86-64 with AVX2, glibc's vector library computes four doubles or eight floats at a time, and
// twice that number with AVX-512, within 4 ulp. Elsewhere libm computes each element.
#include "CSharedArraysKernels.h"
#include "loops.h"

#include <math.h>

double exp10(double);
float exp10f(float);

// Computes `count` adjacent results, which may replace the operands.
typedef void doubles_function(double *result, const double *x, size_t count);
typedef void floats_function(float *result, const float *x, size_t count);
typedef void doubles_function2(double *result, const double *x, const double *y, size_t count);
typedef void floats_function2(float *result, const float *x, const float *y, size_t count);

#define SCALAR(NAME, T, SUFFIX, CALL) \
  static void NAME##_scalar_##SUFFIX(T *r, const T *x, size_t n) { \
    for (size_t i = 0; i < n; i++) r[i] = CALL(x[i]); \
  }
#define SCALAR2(NAME, T, SUFFIX, CALL) \
  static void NAME##_scalar_##SUFFIX(T *r, const T *x, const T *y, size_t n) { \
    for (size_t i = 0; i < n; i++) r[i] = CALL(x[i], y[i]); \
  }

#if defined(__x86_64__) && defined(__GLIBC__)
// Returns the vector routines this processor can run: 2 with AVX-512, 1 with AVX2, 0 with neither.
static int vectors(void) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return 2;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// The functions in vectors.S, for vectors of 32 or 64 bytes.
typedef void vector_routine(void);
typedef void apply(vector_routine *routine, void *result, const void *x, size_t count);
typedef void apply2(vector_routine *routine, void *result, const void *x, const void *y, size_t count);
apply kernels_apply_32, kernels_apply_64;
apply2 kernels_apply2_32, kernels_apply2_64;

// The last vector is padded with ones.
#define VECTOR(NAME, T, SUFFIX, WIDE, WIDER) \
  BYTES(NAME, T, SUFFIX, 32, WIDE) \
  BYTES(NAME, T, SUFFIX, 64, WIDER)
#define BYTES(NAME, T, SUFFIX, SIZE, ROUTINE) \
  vector_routine ROUTINE; \
  static void NAME##_##SIZE##_##SUFFIX(T *r, const T *x, size_t n) { \
    enum { WIDTH = SIZE / sizeof(T) }; \
    kernels_apply_##SIZE(ROUTINE, r, x, n / WIDTH); \
    const size_t done = n / WIDTH * WIDTH; \
    if (done == n) return; \
    T rest[WIDTH]; \
    for (size_t k = 0; k < WIDTH; k++) rest[k] = done + k < n ? x[done + k] : 1; \
    kernels_apply_##SIZE(ROUTINE, rest, rest, 1); \
    memcpy(r + done, rest, (n - done) * sizeof(T)); \
  }
#define VECTOR2(NAME, T, SUFFIX, WIDE, WIDER) \
  BYTES2(NAME, T, SUFFIX, 32, WIDE) \
  BYTES2(NAME, T, SUFFIX, 64, WIDER)
#define BYTES2(NAME, T, SUFFIX, SIZE, ROUTINE) \
  vector_routine ROUTINE; \
  static void NAME##_##SIZE##_##SUFFIX(T *r, const T *x, const T *y, size_t n) { \
    enum { WIDTH = SIZE / sizeof(T) }; \
    kernels_apply2_##SIZE(ROUTINE, r, x, y, n / WIDTH); \
    const size_t done = n / WIDTH * WIDTH; \
    if (done == n) return; \
    T first[WIDTH], second[WIDTH]; \
    for (size_t k = 0; k < WIDTH; k++) { \
      first[k] = done + k < n ? x[done + k] : 1; \
      second[k] = done + k < n ? y[done + k] : 1; \
    } \
    kernels_apply2_##SIZE(ROUTINE, first, first, second, 1); \
    memcpy(r + done, first, (n - done) * sizeof(T)); \
  }
#define CHOOSE(NAME, SUFFIX) \
  (vectors() == 2 ? NAME##_64_##SUFFIX : vectors() ? NAME##_32_##SUFFIX : NAME##_scalar_##SUFFIX)
#else
#define VECTOR(NAME, T, SUFFIX, WIDE, WIDER)
#define VECTOR2(NAME, T, SUFFIX, WIDE, WIDER)
#define CHOOSE(NAME, SUFFIX) NAME##_scalar_##SUFFIX
#endif

#define LIBRARY(CONSTANT, NAME) \
  SCALAR(NAME, double, f64, NAME) \
  SCALAR(NAME, float, f32, NAME##f) \
  VECTOR(NAME, double, f64, _ZGVdN4v_##NAME, _ZGVeN8v_##NAME) \
  VECTOR(NAME, float, f32, _ZGVdN8v_##NAME##f, _ZGVeN16v_##NAME##f)
#define LIBRARY2(CONSTANT, NAME) \
  SCALAR2(NAME, double, f64, NAME) \
  SCALAR2(NAME, float, f32, NAME##f) \
  VECTOR2(NAME, double, f64, _ZGVdN4vv_##NAME, _ZGVeN8vv_##NAME) \
  VECTOR2(NAME, float, f32, _ZGVdN8vv_##NAME##f, _ZGVeN16vv_##NAME##f)

#define EACH_LIBRARY_FUNCTION(X) \
  X(KERNELS_EXP, exp) \
  X(KERNELS_EXP2, exp2) \
  X(KERNELS_EXP10, exp10) \
  X(KERNELS_EXPM1, expm1) \
  X(KERNELS_LOG, log) \
  X(KERNELS_LOG2, log2) \
  X(KERNELS_LOG10, log10) \
  X(KERNELS_LOG1P, log1p) \
  X(KERNELS_SIN, sin) \
  X(KERNELS_COS, cos) \
  X(KERNELS_TAN, tan) \
  X(KERNELS_ASIN, asin) \
  X(KERNELS_ACOS, acos) \
  X(KERNELS_ATAN, atan) \
  X(KERNELS_SINH, sinh) \
  X(KERNELS_COSH, cosh) \
  X(KERNELS_TANH, tanh) \
  X(KERNELS_ASINH, asinh) \
  X(KERNELS_ACOSH, acosh) \
  X(KERNELS_ATANH, atanh) \
  X(KERNELS_CBRT, cbrt) \
  X(KERNELS_ERF, erf) \
  X(KERNELS_ERFC, erfc)
#define EACH_LIBRARY_FUNCTION2(X) \
  X(KERNELS_POWER, pow) \
  X(KERNELS_ATAN2, atan2) \
  X(KERNELS_HYPOT, hypot)
EACH_LIBRARY_FUNCTION(LIBRARY)
EACH_LIBRARY_FUNCTION2(LIBRARY2)

// Functions that processors compute themselves, correctly rounded.
#define INSTRUCTION(CONSTANT, NAME) \
  CLONES static void NAME##_f64(double *r, const double *x, size_t n) { \
    for (size_t i = 0; i < n; i++) r[i] = __builtin_elementwise_##NAME(x[i]); \
  } \
  CLONES static void NAME##_f32(float *r, const float *x, size_t n) { \
    for (size_t i = 0; i < n; i++) r[i] = __builtin_elementwise_##NAME(x[i]); \
  }
#define EACH_INSTRUCTION(X) \
  X(KERNELS_ABSOLUTE, abs) \
  X(KERNELS_SQRT, sqrt) \
  X(KERNELS_FLOOR, floor) \
  X(KERNELS_CEIL, ceil) \
  X(KERNELS_TRUNC, trunc) \
  X(KERNELS_ROUND, roundeven)
EACH_INSTRUCTION(INSTRUCTION)

static doubles_function *doubles_of(int function) {
  switch (function) {
#define CASE(CONSTANT, NAME) case CONSTANT: return NAME##_f64;
    EACH_INSTRUCTION(CASE)
#undef CASE
#define CASE(CONSTANT, NAME) case CONSTANT: return CHOOSE(NAME, f64);
    EACH_LIBRARY_FUNCTION(CASE)
#undef CASE
  }
  return NULL;
}

static floats_function *floats_of(int function) {
  switch (function) {
#define CASE(CONSTANT, NAME) case CONSTANT: return NAME##_f32;
    EACH_INSTRUCTION(CASE)
#undef CASE
#define CASE(CONSTANT, NAME) case CONSTANT: return CHOOSE(NAME, f32);
    EACH_LIBRARY_FUNCTION(CASE)
#undef CASE
  }
  return NULL;
}

static doubles_function2 *doubles_of2(int function) {
  switch (function) {
#define CASE(CONSTANT, NAME) case CONSTANT: return CHOOSE(NAME, f64);
    EACH_LIBRARY_FUNCTION2(CASE)
#undef CASE
  }
  return NULL;
}

static floats_function2 *floats_of2(int function) {
  switch (function) {
#define CASE(CONSTANT, NAME) case CONSTANT: return CHOOSE(NAME, f32);
    EACH_LIBRARY_FUNCTION2(CASE)
#undef CASE
  }
  return NULL;
}

// The number of elements computed at a time if the operands are not laid out as the functions
// require.
enum { PIECE = 256 };
typedef union {
  double doubles[PIECE];
  float floats[PIECE];
} piece;

CLONES static void store_halves(_Float16 *r, ptrdiff_t stride, const float *x, size_t n) {
  if (stride == 1) {
    for (size_t i = 0; i < n; i++) r[i] = (_Float16)x[i];
  } else {
    for (size_t i = 0; i < n; i++) r[(ptrdiff_t)i * stride] = (_Float16)x[i];
  }
}

static void store(int type, void *result, ptrdiff_t stride, const piece *x, size_t n) {
  if (type == KERNELS_FLOAT64) {
    for (size_t i = 0; i < n; i++) ((double *)result)[(ptrdiff_t)i * stride] = x->doubles[i];
  } else if (type == KERNELS_FLOAT32) {
    for (size_t i = 0; i < n; i++) ((float *)result)[(ptrdiff_t)i * stride] = x->floats[i];
  } else {
    store_halves(result, stride, x->floats, n);
  }
}

void kernels_function(
  int function, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x,
  ptrdiff_t x_stride) {
  const int is_direct = result_stride == 1 && x_stride == 1;
  if (is_direct && type == KERNELS_FLOAT64) return doubles_of(function)(result, x, (size_t)count);
  if (is_direct && type == KERNELS_FLOAT32) return floats_of(function)(result, x, (size_t)count);
  piece values;
  for (ptrdiff_t start = 0; start < count; start += PIECE) {
    const size_t length = (size_t)(count - start < PIECE ? count - start : PIECE);
    kernels_gather(&values, type, kernels_at(x, type, start * x_stride), x_stride, length);
    if (type == KERNELS_FLOAT64) {
      doubles_of(function)(values.doubles, values.doubles, length);
    } else {
      floats_of(function)(values.floats, values.floats, length);
    }
    store(type, (void *)kernels_at(result, type, start * result_stride), result_stride, &values, length);
  }
}

void kernels_function2(
  int function, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x,
  ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride) {
  piece first, second;
  for (ptrdiff_t start = 0; start < count; start += PIECE) {
    const size_t length = (size_t)(count - start < PIECE ? count - start : PIECE);
    kernels_gather(&first, type, kernels_at(x, type, start * x_stride), x_stride, length);
    kernels_gather(&second, type, kernels_at(y, type, start * y_stride), y_stride, length);
    if (type == KERNELS_FLOAT64) {
      doubles_of2(function)(first.doubles, first.doubles, second.doubles, length);
    } else {
      floats_of2(function)(first.floats, first.floats, second.floats, length);
    }
    store(type, (void *)kernels_at(result, type, start * result_stride), result_stride, &first, length);
  }
}

// The magnitude of the smallest number wraps to that number.
#define MAGNITUDES(T, U) \
  CLONES static void magnitudes_##T(ptrdiff_t n, T *r, ptrdiff_t rs, const T *x, ptrdiff_t xs) { \
    if (rs == 1 && xs == 1) { \
      for (ptrdiff_t i = 0; i < n; i++) r[i] = (T)(x[i] < 0 ? (U)(0u - (U)x[i]) : (U)x[i]); \
    } else { \
      for (ptrdiff_t i = 0; i < n; i++) r[i * rs] = (T)(x[i * xs] < 0 ? (U)(0u - (U)x[i * xs]) : (U)x[i * xs]); \
    } \
  }
MAGNITUDES(int8_t, uint8_t)
MAGNITUDES(int16_t, uint16_t)
MAGNITUDES(int32_t, uint32_t)
MAGNITUDES(int64_t, uint64_t)

CLONES static void clear_signs(ptrdiff_t n, uint16_t *r, ptrdiff_t rs, const uint16_t *x, ptrdiff_t xs) {
  if (rs == 1 && xs == 1) {
    for (ptrdiff_t i = 0; i < n; i++) r[i] = x[i] & 0x7fff;
  } else {
    for (ptrdiff_t i = 0; i < n; i++) r[i * rs] = x[i * xs] & 0x7fff;
  }
}

void kernels_magnitudes(
  int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x, ptrdiff_t x_stride) {
  switch (type) {
  case KERNELS_INT8: return magnitudes_int8_t(count, result, result_stride, x, x_stride);
  case KERNELS_INT16: return magnitudes_int16_t(count, result, result_stride, x, x_stride);
  case KERNELS_INT32: return magnitudes_int32_t(count, result, result_stride, x, x_stride);
  case KERNELS_INT64: return magnitudes_int64_t(count, result, result_stride, x, x_stride);
  case KERNELS_FLOAT16: return clear_signs(count, result, result_stride, x, x_stride);
  default: return kernels_function(KERNELS_ABSOLUTE, type, count, result, result_stride, x, x_stride);
  }
}
