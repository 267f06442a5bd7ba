// Comparisons and logical operations on two elements.
#include "binary.h"

#define OF_TRUTHS(NAME, ...) LOOPS(INDEPENDENT, NAME, uint8_t, uint8_t, __VA_ARGS__)
OF_TRUTHS(equal_bool, TRUTH(x) == TRUTH(y))
OF_TRUTHS(unequal_bool, TRUTH(x) != TRUTH(y))
OF_TRUTHS(and_bool, TRUTH(x) & TRUTH(y))
OF_TRUTHS(or_bool, TRUTH(x) | TRUTH(y))

#define EQUAL(NAME, T) \
  LOOPS(INDEPENDENT, equal_##NAME, uint8_t, T, x == y) \
  LOOPS(INDEPENDENT, unequal_##NAME, uint8_t, T, x != y)
#define LESS(NAME, T) \
  LOOPS(INDEPENDENT, less_##NAME, uint8_t, T, x < y) \
  LOOPS(INDEPENDENT, less_or_equal_##NAME, uint8_t, T, x <= y)
#define COMPLEX(NAME, T) \
  LOOPS(, equal_##NAME, uint8_t, T, (x.x == y.x) & (x.y == y.y)) \
  LOOPS(, unequal_##NAME, uint8_t, T, (x.x != y.x) | (x.y != y.y))

EQUAL(uint8, uint8_t)
EQUAL(uint16, uint16_t)
EQUAL(uint32, uint32_t)
EQUAL(uint64, uint64_t)
EQUAL(float16, _Float16)
EQUAL(float32, float)
EQUAL(float64, double)
COMPLEX(complex64, complex64)
COMPLEX(complex128, complex128)
LESS(int8, int8_t)
LESS(int16, int16_t)
LESS(int32, int32_t)
LESS(int64, int64_t)
LESS(uint8, uint8_t)
LESS(uint16, uint16_t)
LESS(uint32, uint32_t)
LESS(uint64, uint64_t)
LESS(float16, _Float16)
LESS(float32, float)
LESS(float64, double)

static kernel *const kernels[KERNELS_RELATION_COUNT][KERNELS_TYPE_COUNT] = {
  [KERNELS_EQUAL] = {BY_WIDTH(equal), FLOATS(equal), COMPLEXES(equal), [KERNELS_BOOL] = equal_bool},
  [KERNELS_UNEQUAL] = {BY_WIDTH(unequal), FLOATS(unequal), COMPLEXES(unequal), [KERNELS_BOOL] = unequal_bool},
  [KERNELS_LESS] = {INTEGERS(less), FLOATS(less)},
  [KERNELS_LESS_OR_EQUAL] = {INTEGERS(less_or_equal), FLOATS(less_or_equal)},
  [KERNELS_AND] = {[KERNELS_BOOL] = and_bool},
  [KERNELS_OR] = {[KERNELS_BOOL] = or_bool},
};

bool kernels_relate(
  int relation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride) {
  kernel *const loop = kernels[relation][type];
  if (!loop) return false;
  // If `count` is 0, not even a repeated operand may be read.
  if (count > 0) loop(count, result, result_stride, a, a_stride, b, b_stride);
  return true;
}
