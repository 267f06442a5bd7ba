// Elements at given positions.
#include "CSharedArraysKernels.h"
#include "binary.h"

// Each position is read once. Other programs may write to the memory of the positions, and the
// value that is used must be the one that was checked.
#define ADD_AT(NAME, T, SUM) \
  static ptrdiff_t add_at_##NAME( \
    T *target, size_t extent, ptrdiff_t stride, const volatile int64_t *positions, ptrdiff_t ps, \
    const T *values, ptrdiff_t vs, ptrdiff_t count) { \
    for (ptrdiff_t i = 0; i < count; i++) { \
      const int64_t position = positions[i * ps]; \
      if ((uint64_t)position >= extent) return i; \
      const T x = target[position * stride], y = values[i * vs]; \
      target[position * stride] = SUM; \
    } \
    return count; \
  }
#define REAL(NAME, T) ADD_AT(NAME, T, (T)(x + y))
#define COMPLEX(NAME, T) ADD_AT(NAME, T, ((T){x.x + y.x, x.y + y.y}))
REAL(u8, uint8_t)
REAL(u16, uint16_t)
REAL(u32, uint32_t)
REAL(u64, uint64_t)
REAL(f16, _Float16)
REAL(f32, float)
REAL(f64, double)
COMPLEX(c64, complex64)
COMPLEX(c128, complex128)

ptrdiff_t kernels_add_at(
  int type, void *target, size_t extent, ptrdiff_t stride, const int64_t *positions,
  ptrdiff_t position_stride, const void *values, ptrdiff_t value_stride, ptrdiff_t count) {
  switch (type) {
#define CASE(CONSTANT, NAME) \
  case CONSTANT: \
    return add_at_##NAME( \
      target, extent, stride, positions, position_stride, values, value_stride, count);
    CASE(KERNELS_INT8, u8)
    CASE(KERNELS_INT16, u16)
    CASE(KERNELS_INT32, u32)
    CASE(KERNELS_INT64, u64)
    CASE(KERNELS_UINT8, u8)
    CASE(KERNELS_UINT16, u16)
    CASE(KERNELS_UINT32, u32)
    CASE(KERNELS_UINT64, u64)
    CASE(KERNELS_FLOAT16, f16)
    CASE(KERNELS_FLOAT32, f32)
    CASE(KERNELS_FLOAT64, f64)
    CASE(KERNELS_COMPLEX64, c64)
    CASE(KERNELS_COMPLEX128, c128)
#undef CASE
  }
  return count;
}
