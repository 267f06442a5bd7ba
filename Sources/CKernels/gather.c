#include "CKernels.h"
#include "loops.h"

// Half precision in integer operations that every processor has, several at a time: the exponent moves to its
// new place and is corrected by an exact product; infinity and NaN get theirs by hand.
INLINE float float_of_half(uint16_t half) {
  uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  float value;
  memcpy(&value, &magnitude, sizeof value);
  value *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits |= (half & 0x7c00) == 0x7c00 ? 0x7f800000u : 0;
  bits |= (uint32_t)(half & 0x8000) << 16;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#define GATHER(NAME, SOURCE, TARGET, CONVERT) \
  CLONES static void gather_##NAME( \
    TARGET *restrict target, const SOURCE *restrict x, ptrdiff_t stride, size_t count) { \
    if (stride == 1) { \
      for (size_t i = 0; i < count; i++) target[i] = (TARGET)CONVERT(x[i]); \
    } else if (stride == 2) { \
      for (size_t i = 0; i < count; i++) target[i] = (TARGET)CONVERT(x[2 * i]); \
    } else { \
      for (size_t i = 0; i < count; i++) target[i] = (TARGET)CONVERT(x[(ptrdiff_t)i * stride]); \
    } \
  }

GATHER(f16, uint16_t, float, float_of_half)
GATHER(f32, float, float, AS_IT_IS)
GATHER(f64, double, double, AS_IT_IS)
#define GATHER_INTEGER(CONSTANT, TYPE, NAME) GATHER(NAME, TYPE, double, AS_IT_IS)
EACH_INTEGER(GATHER_INTEGER)
GATHER(bool, uint8_t, double, TRUTH)

void kernels_gather(void *target, int type, const void *x, ptrdiff_t stride, size_t count) {
  switch (type) {
  case KERNELS_FLOAT16: gather_f16(target, x, stride, count); break;
  case KERNELS_FLOAT32: gather_f32(target, x, stride, count); break;
  case KERNELS_FLOAT64: gather_f64(target, x, stride, count); break;
#define CASE(CONSTANT, TYPE, NAME) case CONSTANT: gather_##NAME(target, x, stride, count); break;
    EACH_INTEGER(CASE)
    CASE(KERNELS_BOOL, uint8_t, bool)
  }
}
