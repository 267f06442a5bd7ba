// Elements selected by truth values. Every byte other than 0 is true, because other programs may
// have written the byte.
#include "CSharedArraysKernels.h"
#include "loops.h"

#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")

typedef struct { uint64_t low, high; } sixteen;

// Elements that are not selected must not be written, not even with their own values: another
// process might be writing them.
#define MASKS(PROMISE, T, NAME) \
  CLONES static void select_##NAME( \
    ptrdiff_t n, T *r, const uint8_t *mask, ptrdiff_t ms, const T *a, ptrdiff_t as, const T *b, ptrdiff_t bs) { \
    if (ms == 1 && as == 1 && bs == 1) { \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = mask[i] ? a[i] : b[i]; \
    } else if (ms == 1 && as == 0 && bs == 1) { \
      const T x = a[0]; \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) r[i] = mask[i] ? x : b[i]; \
    } else { \
      for (ptrdiff_t i = 0; i < n; i++) r[i] = mask[i * ms] ? a[i * as] : b[i * bs]; \
    } \
  } \
  CLONES static void assign_##NAME( \
    ptrdiff_t n, T *r, ptrdiff_t rs, const uint8_t *mask, ptrdiff_t ms, const T *a, ptrdiff_t as) { \
    if (rs == 1 && ms == 1 && as == 1) { \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) if (mask[i]) r[i] = a[i]; \
    } else if (rs == 1 && ms == 1 && as == 0) { \
      const T x = a[0]; \
      PROMISE for (ptrdiff_t i = 0; i < n; i++) if (mask[i]) r[i] = x; \
    } else { \
      for (ptrdiff_t i = 0; i < n; i++) if (mask[i * ms]) r[i * rs] = a[i * as]; \
    } \
  } \
  static ptrdiff_t compress_##NAME( \
    ptrdiff_t n, T *target, ptrdiff_t room, const uint8_t *mask, ptrdiff_t ms, const T *a, ptrdiff_t as) { \
    ptrdiff_t used = 0; \
    for (ptrdiff_t i = 0; i < n && used < room; i++) { \
      target[used] = a[i * as]; \
      used += mask[i * ms] != 0; \
    } \
    return used; \
  } \
  static ptrdiff_t expand_##NAME( \
    ptrdiff_t n, T *r, ptrdiff_t rs, const uint8_t *mask, ptrdiff_t ms, const T *source, ptrdiff_t ss, \
    ptrdiff_t available) { \
    ptrdiff_t used = 0; \
    for (ptrdiff_t i = 0; i < n && used < available; i++) { \
      if (mask[i * ms]) r[i * rs] = source[used++ * ss]; \
    } \
    return used; \
  }

#define EACH_WIDTH(X) \
  X(INDEPENDENT, uint8_t, 1) \
  X(INDEPENDENT, uint16_t, 2) \
  X(INDEPENDENT, uint32_t, 4) \
  X(INDEPENDENT, uint64_t, 8) \
  X(, sixteen, 16)

EACH_WIDTH(MASKS)

void kernels_select(
  size_t width, ptrdiff_t count, void *result, const uint8_t *mask, ptrdiff_t mask_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride) {
  if (count == 0) return;
  switch (width) {
#define CASE(PROMISE, T, NAME) \
  case sizeof(T): return select_##NAME(count, result, mask, mask_stride, a, a_stride, b, b_stride);
    EACH_WIDTH(CASE)
#undef CASE
  }
}

void kernels_assign(
  size_t width, ptrdiff_t count, void *result, ptrdiff_t result_stride, const uint8_t *mask,
  ptrdiff_t mask_stride, const void *a, ptrdiff_t a_stride) {
  if (count == 0) return;
  switch (width) {
#define CASE(PROMISE, T, NAME) \
  case sizeof(T): return assign_##NAME(count, result, result_stride, mask, mask_stride, a, a_stride);
    EACH_WIDTH(CASE)
#undef CASE
  }
}

ptrdiff_t kernels_compress(
  size_t width, ptrdiff_t count, void *target, ptrdiff_t room, const uint8_t *mask, ptrdiff_t mask_stride,
  const void *a, ptrdiff_t a_stride) {
  switch (width) {
#define CASE(PROMISE, T, NAME) \
  case sizeof(T): return compress_##NAME(count, target, room, mask, mask_stride, a, a_stride);
    EACH_WIDTH(CASE)
#undef CASE
  }
  return 0;
}

ptrdiff_t kernels_expand(
  size_t width, ptrdiff_t count, void *result, ptrdiff_t result_stride, const uint8_t *mask,
  ptrdiff_t mask_stride, const void *source, ptrdiff_t source_stride, ptrdiff_t available) {
  switch (width) {
#define CASE(PROMISE, T, NAME) \
  case sizeof(T): \
    return expand_##NAME(count, result, result_stride, mask, mask_stride, source, source_stride, available);
    EACH_WIDTH(CASE)
#undef CASE
  }
  return 0;
}
