// Elementwise sums, differences, products, quotients, remainders, minima and maxima.
#include "binary.h"

#define KERNEL(NAME, T, ...) LOOPS(INDEPENDENT, NAME, T, T, __VA_ARGS__)

// Unsigned arithmetic wraps. The factor 1u prevents the promotion of narrow types to signed
// integers.
#define WRAPPING(NAME, T) \
  KERNEL(add_##NAME, T, (T)(1u * x + y)) \
  KERNEL(subtract_##NAME, T, (T)(1u * x - y)) \
  KERNEL(multiply_##NAME, T, (T)(1u * x * y))

#define ORDERED(NAME, T) \
  KERNEL(minimum_##NAME, T, y < x ? y : x) \
  KERNEL(maximum_##NAME, T, y > x ? y : x)

// Quotients of integers are exact in a floating-point type with more digits, and that division can
// be vectorized. 64-bit integers have no such type, and are divided as integers.
#define UNSIGNED(NAME, T, F) \
  ORDERED(NAME, T) \
  KERNEL(divide_##NAME, T, y == 0 ? (T)0 : (T)((F)x / (F)y)) \
  KERNEL(remainder_##NAME, T, y == 0 ? (T)0 : (T)(x - (T)((F)x / (F)y) * y))
// The smallest number divided by -1 wraps, like its negation; the remainder is 0.
#define SIGNED(NAME, T, U, F) \
  ORDERED(NAME, T) \
  KERNEL(divide_##NAME, T, y == 0 ? (T)0 : y == -1 ? (T)(0u - (U)x) : (T)((F)x / (F)y)) \
  KERNEL(remainder_##NAME, T, y == 0 || y == -1 ? (T)0 : (T)(x - (T)((F)x / (F)y) * y))

// The minimum or maximum of NaN and any number is NaN.
#define FLOATING(NAME, T) \
  KERNEL(add_##NAME, T, x + y) \
  KERNEL(subtract_##NAME, T, x - y) \
  KERNEL(multiply_##NAME, T, x * y) \
  KERNEL(divide_##NAME, T, x / y) \
  KERNEL(minimum_##NAME, T, ((x < y) | (x != x)) ? x : y) \
  KERNEL(maximum_##NAME, T, ((x > y) | (x != x)) ? x : y)

#define COMPLEX(NAME, T) \
  COMPLEX_LOOPS(add_##NAME, T, x + y, xi + yi) \
  COMPLEX_LOOPS(subtract_##NAME, T, x - y, xi - yi) \
  COMPLEX_LOOPS(multiply_##NAME, T, x * y - xi * yi, x * yi + xi * y)

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
COMPLEX(complex64, float)
COMPLEX(complex128, double)

static kernel *const kernels[KERNELS_OPERATION_COUNT][KERNELS_TYPE_COUNT] = {
  [KERNELS_ADD] = {BY_WIDTH(add), FLOATS(add), COMPLEXES(add)},
  [KERNELS_SUBTRACT] = {BY_WIDTH(subtract), FLOATS(subtract), COMPLEXES(subtract)},
  [KERNELS_MULTIPLY] = {BY_WIDTH(multiply), FLOATS(multiply), COMPLEXES(multiply)},
  [KERNELS_DIVIDE] = {INTEGERS(divide), FLOATS(divide)},
  [KERNELS_REMAINDER] = {INTEGERS(remainder)},
  [KERNELS_MINIMUM] = {INTEGERS(minimum), FLOATS(minimum)},
  [KERNELS_MAXIMUM] = {INTEGERS(maximum), FLOATS(maximum)},
};

bool kernels_elementwise(
  int operation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride) {
  kernel *const loop = kernels[operation][type];
  if (!loop) return false;
  // If `count` is 0, not even a repeated operand may be read.
  if (count > 0) loop(count, result, result_stride, a, a_stride, b, b_stride);
  return true;
}
