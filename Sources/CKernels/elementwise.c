#include "CKernelsElementwise.h"

#include "Clones.h"

#pragma STDC FP_CONTRACT OFF

typedef void kernel(
    ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a, ptrdiff_t a_stride, const void *b,
    ptrdiff_t b_stride);

typedef struct { float x, y; } complex64;
typedef struct { double x, y; } complex128;

// A loop that computes EXPRESSION of `x` and `y`. Contiguous and repeated operands have loops of their own, which
// the compiler can vectorise.
#define KERNEL(...) LOOPS(CKERNELS_INDEPENDENT, __VA_ARGS__)
// The compiler refuses the promise for structs.
#define STRUCT_KERNEL(...) LOOPS(, __VA_ARGS__)
#define LOOPS(PROMISE, NAME, RESULT, OPERAND, EXPRESSION)                                                   \
  static inline __attribute__((always_inline)) RESULT NAME##_of(const OPERAND x, const OPERAND y) { \
    return EXPRESSION;                                                                              \
  }                                                                                                 \
  CKERNELS_CLONES static void NAME(                                                                 \
      ptrdiff_t n, void *result, ptrdiff_t rs, const void *first, ptrdiff_t as, const void *second, \
      ptrdiff_t bs) {                                                                               \
    RESULT *r = result;                                                                             \
    const OPERAND *a = first, *b = second;                                                          \
    if (rs == 1 && as == 1 && bs == 1) {                                                            \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = NAME##_of(a[i], b[i]);          \
    } else if (rs == 1 && as == 1 && bs == 0) {                                                     \
      const OPERAND y = b[0];                                                                       \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = NAME##_of(a[i], y);             \
    } else if (rs == 1 && as == 0 && bs == 1) {                                                     \
      const OPERAND x = a[0];                                                                       \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = NAME##_of(x, b[i]);             \
    } else {                                                                                        \
      for (ptrdiff_t i = 0; i < n; i++) r[i * rs] = NAME##_of(a[i * as], b[i * bs]);                \
    }                                                                                               \
  }

// Unsigned arithmetic wraps; the factor 1u keeps narrow types from becoming signed.
#define WRAPPING(NAME, T)                            \
  KERNEL(add_##NAME, T, T, (T)(1u * x + y))          \
  KERNEL(subtract_##NAME, T, T, (T)(1u * x - y))     \
  KERNEL(multiply_##NAME, T, T, (T)(1u * x * y))     \
  KERNEL(equal_##NAME, uint8_t, T, x == y)           \
  KERNEL(unequal_##NAME, uint8_t, T, x != y)

#define ORDERED(NAME, T)                             \
  KERNEL(less_##NAME, uint8_t, T, x < y)             \
  KERNEL(not_greater_##NAME, uint8_t, T, x <= y)

// Quotients of integers are exact in a floating-point type that has more digits, and that can be
// vectorised; 64-bit integers have none, and are divided as they are.
#define DIVIDING(NAME, T, QUOTIENT)                                         \
  KERNEL(divide_##NAME, T, T, QUOTIENT)                                     \
  KERNEL(remainder_##NAME, T, T, (T)(1u * x - 1u * (T)(QUOTIENT) * y))      \
  KERNEL(minimum_##NAME, T, T, x < y ? x : y)                               \
  KERNEL(maximum_##NAME, T, T, x > y ? x : y)                               \
  ORDERED(NAME, T)

#define UNSIGNED(NAME, T, F) DIVIDING(NAME, T, y == 0 ? (T)0 : (T)((F)x / (F)y))
// The smallest number divided by -1 wraps, as its negation does.
#define SIGNED(NAME, T, U, F) \
  DIVIDING(NAME, T, y == 0 ? (T)0 : y == -1 ? (T)(0u - (U)x) : (T)((F)x / (F)y))

// Minima and maxima are NaN where an operand is.
#define FLOATING(NAME, T)                                 \
  KERNEL(add_##NAME, T, T, x + y)                         \
  KERNEL(subtract_##NAME, T, T, x - y)                    \
  KERNEL(multiply_##NAME, T, T, x * y)                    \
  KERNEL(divide_##NAME, T, T, x / y)                      \
  KERNEL(minimum_##NAME, T, T, x < y || x != x ? x : y)   \
  KERNEL(maximum_##NAME, T, T, x > y || x != x ? x : y)   \
  KERNEL(equal_##NAME, uint8_t, T, x == y)                \
  KERNEL(unequal_##NAME, uint8_t, T, x != y)              \
  ORDERED(NAME, T)

#define COMPLEX(NAME, T)                                              \
  STRUCT_KERNEL(add_##NAME, T, T, ((T){x.x + y.x, x.y + y.y}))               \
  STRUCT_KERNEL(subtract_##NAME, T, T, ((T){x.x - y.x, x.y - y.y}))          \
  STRUCT_KERNEL(multiply_##NAME, T, T, ((T){x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x}))

WRAPPING(uint8, uint8_t)
WRAPPING(uint16, uint16_t)
WRAPPING(uint32, uint32_t)
WRAPPING(uint64, uint64_t)
UNSIGNED(uint8, uint8_t, float)
UNSIGNED(uint16, uint16_t, float)
UNSIGNED(uint32, uint32_t, double)
UNSIGNED(uint64, uint64_t, uint64_t)
SIGNED(int8, int8_t, uint8_t, float)
SIGNED(int16, int16_t, uint16_t, float)
SIGNED(int32, int32_t, uint32_t, double)
SIGNED(int64, int64_t, uint64_t, int64_t)
FLOATING(float16, _Float16)
FLOATING(float32, float)
FLOATING(float64, double)
COMPLEX(complex64, complex64)
COMPLEX(complex128, complex128)

// Signed and unsigned integers have most loops in common.
#define BY_WIDTH(OP) \
  [CKERNELS_INT8] = OP##_uint8, [CKERNELS_INT16] = OP##_uint16, [CKERNELS_INT32] = OP##_uint32, \
  [CKERNELS_INT64] = OP##_uint64, UNSIGNED_TYPES(OP)
#define UNSIGNED_TYPES(OP) \
  [CKERNELS_UINT8] = OP##_uint8, [CKERNELS_UINT16] = OP##_uint16, [CKERNELS_UINT32] = OP##_uint32, \
  [CKERNELS_UINT64] = OP##_uint64
#define INTEGERS(OP) \
  [CKERNELS_INT8] = OP##_int8, [CKERNELS_INT16] = OP##_int16, [CKERNELS_INT32] = OP##_int32, \
  [CKERNELS_INT64] = OP##_int64, UNSIGNED_TYPES(OP)
#define FLOATS(OP) \
  [CKERNELS_FLOAT16] = OP##_float16, [CKERNELS_FLOAT32] = OP##_float32, [CKERNELS_FLOAT64] = OP##_float64
#define COMPLEXES(OP) [CKERNELS_COMPLEX64] = OP##_complex64, [CKERNELS_COMPLEX128] = OP##_complex128

static kernel *const kernels[CKERNELS_OPERATION_COUNT][CKERNELS_TYPE_COUNT] = {
  [CKERNELS_ADD] = {BY_WIDTH(add), FLOATS(add), COMPLEXES(add)},
  [CKERNELS_SUBTRACT] = {BY_WIDTH(subtract), FLOATS(subtract), COMPLEXES(subtract)},
  [CKERNELS_MULTIPLY] = {BY_WIDTH(multiply), FLOATS(multiply), COMPLEXES(multiply)},
  [CKERNELS_DIVIDE] = {INTEGERS(divide), FLOATS(divide)},
  [CKERNELS_REMAINDER] = {INTEGERS(remainder)},
  [CKERNELS_MINIMUM] = {INTEGERS(minimum), FLOATS(minimum)},
  [CKERNELS_MAXIMUM] = {INTEGERS(maximum), FLOATS(maximum)},
  [CKERNELS_EQUAL] = {BY_WIDTH(equal), FLOATS(equal)},
  [CKERNELS_UNEQUAL] = {BY_WIDTH(unequal), FLOATS(unequal)},
  [CKERNELS_LESS] = {INTEGERS(less), FLOATS(less)},
  [CKERNELS_NOT_GREATER] = {INTEGERS(not_greater), FLOATS(not_greater)},
};

bool ckernels_elementwise(
    int operation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
    ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride) {
  kernel *const loop = kernels[operation][type];
  if (!loop) return false;
  loop(count, result, result_stride, a, a_stride, b, b_stride);
  return true;
}
