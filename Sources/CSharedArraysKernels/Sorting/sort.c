// Radix sort. Elements become unsigned integers with the same order. These are sorted by their last
// digit, then by the digit before it, and so on. The loops have no comparison, hence no branch to
// mispredict. Digits that are equal in all elements cost nothing, so small integers are fast.
#include "CSharedArraysKernels.h"
#include "loops.h"

enum {
  DIGIT_BITS = 8,  // more bits write to too many places for the caches, fewer take more passes
  DIGIT_COUNT = 1 << DIGIT_BITS,
  FEW = 32,  // elements for which counting digits is not worthwhile
  VERY_FEW = 16,
};

#define DIGIT(key, place) ((key) >> (place) * DIGIT_BITS & (DIGIT_COUNT - 1))

// Sorts the items that MAKE creates from the elements by their KEY, and writes the RESULT of each
// item. Equal keys keep their order.
#define SORT(NAME, X, ITEM, MAKE, KEY, R, RESULT) \
  static void few_##NAME(size_t count, ITEM *items, R *results, ptrdiff_t rs) { \
    if (count <= VERY_FEW) { \
      /* The number of items before each one. */ \
      unsigned char place[VERY_FEW] = {0}; \
      for (size_t i = 1; i < count; i++) { \
        for (size_t j = 0; j < i; j++) { \
          const int is_after = KEY(items[j]) > KEY(items[i]); \
          place[j] += is_after; \
          place[i] += !is_after; \
        } \
      } \
      for (size_t i = 0; i < count; i++) results[place[i] * rs] = RESULT(items[i]); \
      return; \
    } \
    for (size_t i = 1; i < count; i++) { \
      const ITEM item = items[i]; \
      size_t j = i; \
      for (; j > 0 && KEY(items[j - 1]) > KEY(item); j--) items[j] = items[j - 1]; \
      items[j] = item; \
    } \
    for (size_t i = 0; i < count; i++) results[(ptrdiff_t)i * rs] = RESULT(items[i]); \
  } \
  static void many_##NAME( \
    const X *x, ptrdiff_t stride, size_t count, ITEM *items, R *results, ptrdiff_t rs) { \
    enum { PLACES = sizeof(X) * 8 / DIGIT_BITS }; \
    size_t counts[PLACES][DIGIT_COUNT] = {0}; \
    for (size_t i = 0; i < count; i++) { \
      const ITEM item = items[i] = MAKE(x[(ptrdiff_t)i * stride], i); \
      for (int place = 0; place < PLACES; place++) counts[place][DIGIT(KEY(item), place)]++; \
    } \
    int last = PLACES - 1; \
    while (last > 0 && counts[last][DIGIT(KEY(items[0]), last)] == count) last--; \
    ITEM *others = items + count; \
    for (int place = 0; place <= last; place++) { \
      size_t *next = counts[place], start = 0; \
      if (place < last && next[DIGIT(KEY(items[0]), place)] == count) continue; \
      for (int digit = 0; digit < DIGIT_COUNT; digit++) { \
        const size_t length = next[digit]; \
        next[digit] = start; \
        start += length; \
      } \
      if (place == last) { \
        for (size_t i = 0; i < count; i++) \
          results[(ptrdiff_t)next[DIGIT(KEY(items[i]), place)]++ * rs] = RESULT(items[i]); \
        return; \
      } \
      for (size_t i = 0; i < count; i++) others[next[DIGIT(KEY(items[i]), place)]++] = items[i]; \
      ITEM *const sorted = others; \
      others = items; \
      items = sorted; \
    } \
  } \
  static void NAME( \
    const X *x, ptrdiff_t stride, size_t count, R *results, ptrdiff_t rs, ITEM *spare) { \
    if (count > FEW) return many_##NAME(x, stride, count, spare, results, rs); \
    for (size_t i = 0; i < count; i++) spare[i] = MAKE(x[(ptrdiff_t)i * stride], i); \
    few_##NAME(count, spare, results, rs); \
  }

// Numbers have the order of their bits as unsigned integers if the sign bit is inverted, and in
// negative numbers all other bits too. NaN becomes the largest key, which no number has.
#define REAL_KEYS(BITS, INFINITE) \
  INLINE uint##BITS##_t key_of_float##BITS(uint##BITS##_t x) { \
    const uint##BITS##_t sign = (uint##BITS##_t)1 << (BITS - 1), magnitude = x & (uint##BITS##_t)~sign; \
    const uint##BITS##_t key = x & sign ? (uint##BITS##_t)~x : x | sign; \
    return magnitude > INFINITE ? (uint##BITS##_t)-1 : key; \
  } \
  INLINE uint##BITS##_t float##BITS##_of_key(uint##BITS##_t key) { \
    const uint##BITS##_t sign = (uint##BITS##_t)1 << (BITS - 1); \
    return key & sign ? key ^ sign : (uint##BITS##_t)~key; \
  } \
  INLINE uint##BITS##_t rank_of_float##BITS(uint##BITS##_t x) { \
    return key_of_float##BITS(x == (uint##BITS##_t)1 << (BITS - 1) ? 0 : x); \
  }
REAL_KEYS(16, 0x7c00)
REAL_KEYS(32, 0x7f800000)
REAL_KEYS(64, 0x7ff0000000000000)

#define SIGN_TURNED(BITS, x) ((uint##BITS##_t)((x) ^ (uint##BITS##_t)1 << (BITS - 1)))
#define INTEGER_KEYS(BITS) \
  INLINE uint##BITS##_t key_of_int##BITS(uint##BITS##_t x) { return SIGN_TURNED(BITS, x); } \
  INLINE uint##BITS##_t int##BITS##_of_key(uint##BITS##_t key) { return SIGN_TURNED(BITS, key); } \
  INLINE uint##BITS##_t rank_of_int##BITS(uint##BITS##_t x) { return SIGN_TURNED(BITS, x); } \
  INLINE uint##BITS##_t key_of_uint##BITS(uint##BITS##_t x) { return x; } \
  INLINE uint##BITS##_t uint##BITS##_of_key(uint##BITS##_t key) { return key; } \
  INLINE uint##BITS##_t rank_of_uint##BITS(uint##BITS##_t x) { return x; }
INTEGER_KEYS(8)
INTEGER_KEYS(16)
INTEGER_KEYS(32)
INTEGER_KEYS(64)

INLINE uint8_t key_of_bool(uint8_t x) { return TRUTH(x); }
INLINE uint8_t bool_of_key(uint8_t key) { return key; }
INLINE uint8_t rank_of_bool(uint8_t x) { return TRUTH(x); }

// X(constant, name, type of the bits) for each type.
#define EACH_TYPE(X) \
  X(KERNELS_FLOAT16, float16, uint16_t) \
  X(KERNELS_FLOAT32, float32, uint32_t) \
  X(KERNELS_FLOAT64, float64, uint64_t) \
  X(KERNELS_INT8, int8, uint8_t) \
  X(KERNELS_INT16, int16, uint16_t) \
  X(KERNELS_INT32, int32, uint32_t) \
  X(KERNELS_INT64, int64, uint64_t) \
  X(KERNELS_UINT8, uint8, uint8_t) \
  X(KERNELS_UINT16, uint16, uint16_t) \
  X(KERNELS_UINT32, uint32, uint32_t) \
  X(KERNELS_UINT64, uint64, uint64_t) \
  X(KERNELS_BOOL, bool, uint8_t)

#define ITSELF(item) (item)
#define ITS_KEY(item) ((item).key)
#define ITS_POSITION(item) ((item).position)
#define SORTS(CONSTANT, NAME, BITS) \
  INLINE BITS make_##NAME(BITS x, size_t i) { return key_of_##NAME(x); } \
  SORT(sort_##NAME, BITS, BITS, make_##NAME, ITSELF, BITS, NAME##_of_key) \
  INLINE struct kernels_ranked make_ranked_##NAME(BITS x, size_t i) { \
    return (struct kernels_ranked){rank_of_##NAME(x), (int64_t)i}; \
  } \
  SORT( \
    rank_##NAME, BITS, struct kernels_ranked, make_ranked_##NAME, ITS_KEY, int64_t, ITS_POSITION)
EACH_TYPE(SORTS)

void kernels_sort(
  int type, const void *x, ptrdiff_t stride, size_t count, void *result, ptrdiff_t result_stride, void *spare) {
  switch (type) {
#define CASE(CONSTANT, NAME, BITS) \
  case CONSTANT: return sort_##NAME(x, stride, count, result, result_stride, spare);
    EACH_TYPE(CASE)
#undef CASE
  }
}

void kernels_rank(
  int type, const void *x, ptrdiff_t stride, size_t count, int64_t *positions, ptrdiff_t position_stride,
  struct kernels_ranked *spare) {
  switch (type) {
#define CASE(CONSTANT, NAME, BITS) \
  case CONSTANT: return rank_##NAME(x, stride, count, positions, position_stride, spare);
    EACH_TYPE(CASE)
#undef CASE
  }
}
