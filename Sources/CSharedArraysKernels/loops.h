// Definitions shared by the loops of this module.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Functions with this attribute are compiled for several instruction sets, and the loader chooses
// one. Under ThreadSanitizer they are compiled only once: it crashes in the resolver functions,
// which the loader calls before the sanitizer is ready.
#if defined(__x86_64__) && defined(__GLIBC__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif

#define INLINE static inline __attribute__((always_inline))

// A product and a sum are rounded separately, even if the processor has fused operations.
#pragma STDC FP_CONTRACT OFF

// Vectors are passed only between inlined functions.
#pragma clang diagnostic ignored "-Wpsabi"

// X(constant, C type, name) for each integer type.
#define EACH_INTEGER(X) \
  X(KERNELS_INT8, int8_t, i8) \
  X(KERNELS_INT16, int16_t, i16) \
  X(KERNELS_INT32, int32_t, i32) \
  X(KERNELS_INT64, int64_t, i64) \
  X(KERNELS_UINT8, uint8_t, u8) \
  X(KERNELS_UINT16, uint16_t, u16) \
  X(KERNELS_UINT32, uint32_t, u32) \
  X(KERNELS_UINT64, uint64_t, u64)

// The value of an element in a computation. Every byte other than 0 is true, because other programs
// may have written the byte.
#define AS_IT_IS(x) (x)
#define TRUTH(x) ((x) != 0)

// Copies elements next to each other. Float16 and Float32 become Float32, all other types Float64.
void kernels_gather(void *target, int type, const void *x, ptrdiff_t stride, size_t count);

// Returns the address of an element.
INLINE const void *kernels_at(const void *x, int type, ptrdiff_t offset) {
  static const unsigned char bytes[] = {2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 8, 16, 1};
  return (const char *)x + offset * (ptrdiff_t)bytes[type];
}
