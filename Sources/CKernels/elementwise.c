// Sums, differences, products and quotients of elements.
#include "CKernels.h"
#include "loops.h"

// The caller guarantees that operands overlap the result element for element or not at all.
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

typedef void kernel(
  ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a, ptrdiff_t a_stride, const void *b,
  ptrdiff_t b_stride);

typedef struct { float x, y; } complex64;
typedef struct { double x, y; } complex128;

// A loop that computes EXPRESSION of `x` and `y`. Contiguous and repeated operands have loops of their own, which
// the compiler can vectorise.
#define KERNEL(...) LOOPS(INDEPENDENT, __VA_ARGS__)
// The compiler refuses the promise for structs.
#define STRUCT_KERNEL(...) LOOPS(, __VA_ARGS__)
#define LOOPS(PROMISE, NAME, T, EXPRESSION) \
  INLINE T NAME##_of(const T x, const T y) { return EXPRESSION; } \
  CLONES static void NAME( \
    ptrdiff_t n, void *result, ptrdiff_t rs, const void *first, ptrdiff_t as, const void *second, \
    ptrdiff_t bs) { \
    T *r = result; \
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

// Unsigned arithmetic wraps; the factor 1u keeps narrow types from becoming signed.
#define WRAPPING(NAME, T) \
  KERNEL(add_##NAME, T, (T)(1u * x + y)) \
  KERNEL(subtract_##NAME, T, (T)(1u * x - y)) \
  KERNEL(multiply_##NAME, T, (T)(1u * x * y))

// Quotients of integers are exact in a floating-point type that has more digits, and that can be
// vectorised; 64-bit integers have none, and are divided as they are.
#define UNSIGNED(NAME, T, F) KERNEL(divide_##NAME, T, y == 0 ? (T)0 : (T)((F)x / (F)y))
// The smallest number divided by -1 wraps, as its negation does.
#define SIGNED(NAME, T, U, F) \
  KERNEL(divide_##NAME, T, y == 0 ? (T)0 : y == -1 ? (T)(0u - (U)x) : (T)((F)x / (F)y))

#define FLOATING(NAME, T) \
  KERNEL(add_##NAME, T, x + y) \
  KERNEL(subtract_##NAME, T, x - y) \
  KERNEL(multiply_##NAME, T, x * y) \
  KERNEL(divide_##NAME, T, x / y)

#define COMPLEX(NAME, T) \
  STRUCT_KERNEL(add_##NAME, T, ((T){x.x + y.x, x.y + y.y})) \
  STRUCT_KERNEL(subtract_##NAME, T, ((T){x.x - y.x, x.y - y.y})) \
  STRUCT_KERNEL(multiply_##NAME, T, ((T){x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x}))

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
  [KERNELS_INT8] = OP##_uint8, [KERNELS_INT16] = OP##_uint16, [KERNELS_INT32] = OP##_uint32, \
  [KERNELS_INT64] = OP##_uint64, UNSIGNED_TYPES(OP)
#define UNSIGNED_TYPES(OP) \
  [KERNELS_UINT8] = OP##_uint8, [KERNELS_UINT16] = OP##_uint16, [KERNELS_UINT32] = OP##_uint32, \
  [KERNELS_UINT64] = OP##_uint64
#define INTEGERS(OP) \
  [KERNELS_INT8] = OP##_int8, [KERNELS_INT16] = OP##_int16, [KERNELS_INT32] = OP##_int32, \
  [KERNELS_INT64] = OP##_int64, UNSIGNED_TYPES(OP)
#define FLOATS(OP) \
  [KERNELS_FLOAT16] = OP##_float16, [KERNELS_FLOAT32] = OP##_float32, [KERNELS_FLOAT64] = OP##_float64
#define COMPLEXES(OP) [KERNELS_COMPLEX64] = OP##_complex64, [KERNELS_COMPLEX128] = OP##_complex128

static kernel *const kernels[KERNELS_OPERATION_COUNT][KERNELS_TYPE_COUNT] = {
  [KERNELS_ADD] = {BY_WIDTH(add), FLOATS(add), COMPLEXES(add)},
  [KERNELS_SUBTRACT] = {BY_WIDTH(subtract), FLOATS(subtract), COMPLEXES(subtract)},
  [KERNELS_MULTIPLY] = {BY_WIDTH(multiply), FLOATS(multiply), COMPLEXES(multiply)},
  [KERNELS_DIVIDE] = {INTEGERS(divide), FLOATS(divide)},
};

bool kernels_elementwise(
  int operation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride) {
  kernel *const loop = kernels[operation][type];
  if (!loop) return false;
  loop(count, result, result_stride, a, a_stride, b, b_stride);
  return true;
}
