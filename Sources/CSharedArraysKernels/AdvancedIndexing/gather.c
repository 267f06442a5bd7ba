#include "CSharedArraysKernels.h"
#include "loops.h"

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

GATHER(f16, _Float16, float, AS_IT_IS)
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
