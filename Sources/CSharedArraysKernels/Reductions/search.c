// Positions of the smallest and the largest element.
#include "CSharedArraysKernels.h"
#include "loops.h"

#include <math.h>

enum { PIECE = 2048 };  // elements that are searched again if one of them is the best so far

#define EQUALS(x, best) ((x) == (best))
#define SAME_TRUTH(x, best) (TRUTH(x) == TRUTH(best))
// If another process has replaced the element, it is not found, and any position is as good a
// result.
#define FIND(NAME, T, IS_EQUAL) \
  static size_t find_##NAME(const T *x, ptrdiff_t stride, size_t count, T best) { \
    for (size_t i = 0; i < count; i++) { \
      if (IS_EQUAL(x[(ptrdiff_t)i * stride], best)) return i; \
    } \
    return 0; \
  }
#define FIND_INTEGER(CONSTANT, T, NAME) FIND(NAME, T, EQUALS)
EACH_INTEGER(FIND_INTEGER)
FIND(f32, float, EQUALS)
FIND(f64, double, EQUALS)
FIND(bool, uint8_t, SAME_TRUTH)
FIND(f16, _Float16, EQUALS)

static size_t find_nan(int type, const void *x, ptrdiff_t stride, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!kernels_count(type, kernels_at(x, type, (ptrdiff_t)i * stride), 1, 1)) return i;
  }
  return 0;
}

// Returns the position of the first element that equals the extreme of these elements.
static size_t find(
  const struct kernels_extreme *extreme, int type, const void *x, ptrdiff_t stride, size_t count) {
  switch (type) {
  case KERNELS_FLOAT16: return find_f16(x, stride, count, (_Float16)extreme->value.small);
  case KERNELS_FLOAT32: return find_f32(x, stride, count, extreme->value.small);
  case KERNELS_FLOAT64: return find_f64(x, stride, count, extreme->value.real);
  case KERNELS_BOOL: return find_bool(x, stride, count, (uint8_t)extreme->value.natural);
#define CASE(CONSTANT, T, NAME) case CONSTANT: return find_##NAME(x, stride, count, (T)extreme->value.integer);
    EACH_INTEGER(CASE)
#undef CASE
  }
  return 0;
}

static int is_better(int type, int largest, const struct kernels_extreme *a, const struct kernels_extreme *b) {
  const struct kernels_extreme *less = largest ? b : a, *more = largest ? a : b;
  if (type == KERNELS_FLOAT64) return less->value.real < more->value.real;
  if (type <= KERNELS_FLOAT32) return less->value.small < more->value.small;
  if (type == KERNELS_BOOL) return TRUTH(less->value.natural) < TRUTH(more->value.natural);
  if (type >= KERNELS_UINT8) return less->value.natural < more->value.natural;
  return less->value.integer < more->value.integer;
}

void kernels_search(
  struct kernels_search *search, int type, int largest, int ignoring_nan, const void *x, ptrdiff_t stride,
  size_t count) {
  for (size_t start = 0; start < count && !search->is_final; start += PIECE) {
    const size_t length = count - start < PIECE ? count - start : PIECE;
    const void *piece = kernels_at(x, type, (ptrdiff_t)start * stride);
    struct kernels_extreme extreme;
    kernels_extreme_begin(&extreme, type, largest);
    kernels_extreme(&extreme, type, largest, piece, stride, length);
    if (extreme.has_nan && !ignoring_nan) {
      search->place = search->count + (int64_t)find_nan(type, piece, stride, length);
      search->is_final = 1;
    } else if (extreme.has_number && (!search->has_best || is_better(type, largest, &extreme, &search->best))) {
      search->best = extreme;
      search->has_best = 1;
      search->place = search->count + (int64_t)find(&extreme, type, piece, stride, length);
    }
    search->count += (int64_t)length;
  }
}
