// Smallest and largest elements.
#include "CSharedArraysKernels.h"
#include "loops.h"

#include <math.h>

// Comparisons with NaN are false, so NaN is never the result. A separate flag records whether a NaN
// occurred.
#define REALS(VALUE, NAME) \
  typedef VALUE eight_##NAME __attribute__((ext_vector_type(8))); \
  typedef eight_##NAME eight_anywhere_##NAME __attribute__((aligned(sizeof(VALUE)), may_alias)); \
  typedef __typeof__((eight_##NAME){0} != (eight_##NAME){0}) mask_##NAME; \
  INLINE VALUE extreme_run_##NAME(int largest, const VALUE *x, size_t count, int *has_nan) { \
    const VALUE none = largest ? -INFINITY : INFINITY; \
    eight_##NAME a = none, b = none; \
    mask_##NAME nan = 0; \
    size_t i = 0; \
    for (; i + 16 <= count; i += 16) { \
      const eight_##NAME p = *(const eight_anywhere_##NAME *)(x + i); \
      const eight_##NAME q = *(const eight_anywhere_##NAME *)(x + i + 8); \
      nan |= (p != p) | (q != q); \
      a = largest ? (p > a ? p : a) : (p < a ? p : a); \
      b = largest ? (q > b ? q : b) : (q < b ? q : b); \
    } \
    a = largest ? (b > a ? b : a) : (b < a ? b : a); \
    VALUE best = none; \
    int found = 0; \
    for (int k = 0; k < 8; k++) { \
      best = largest ? (a[k] > best ? a[k] : best) : (a[k] < best ? a[k] : best); \
      found |= nan[k] != 0; \
    } \
    for (; i < count; i++) { \
      best = largest ? (x[i] > best ? x[i] : best) : (x[i] < best ? x[i] : best); \
      found |= x[i] != x[i]; \
    } \
    *has_nan = found; \
    return best; \
  } \
  CLONES static VALUE smallest_##NAME(const VALUE *x, size_t count, int *has_nan) { \
    return extreme_run_##NAME(0, x, count, has_nan); \
  } \
  CLONES static VALUE largest_##NAME(const VALUE *x, size_t count, int *has_nan) { \
    return extreme_run_##NAME(1, x, count, has_nan); \
  } \
  static void extreme_##NAME( \
    struct kernels_extreme *state, VALUE *value, int largest, const VALUE *x, size_t count) { \
    int has_nan; \
    const VALUE best = (largest ? largest_##NAME : smallest_##NAME)(x, count, &has_nan); \
    if (largest ? best > *value : best < *value) *value = best; \
    state->has_nan |= has_nan; \
    if (!has_nan || best != (largest ? -INFINITY : INFINITY)) state->has_number = 1; \
    for (size_t i = 0; i < count && !state->has_number; i++) state->has_number = x[i] == x[i]; \
  } \
  CLONES static void extreme_row_##NAME( \
    VALUE *restrict values, int largest, int ignoring_nan, const VALUE *restrict x, size_t columns) { \
    if (largest && ignoring_nan) { \
      for (size_t i = 0; i < columns; i++) \
        values[i] = ((x[i] > values[i]) | (values[i] != values[i])) ? x[i] : values[i]; \
    } else if (largest) { \
      for (size_t i = 0; i < columns; i++) values[i] = ((x[i] > values[i]) | (x[i] != x[i])) ? x[i] : values[i]; \
    } else if (ignoring_nan) { \
      for (size_t i = 0; i < columns; i++) \
        values[i] = ((x[i] < values[i]) | (values[i] != values[i])) ? x[i] : values[i]; \
    } else { \
      for (size_t i = 0; i < columns; i++) values[i] = ((x[i] < values[i]) | (x[i] != x[i])) ? x[i] : values[i]; \
    } \
  }
REALS(double, f64)
REALS(float, f32)

#define INTEGERS(CONSTANT, TYPE, NAME) \
  CLONES static TYPE smallest_##NAME(const TYPE *x, ptrdiff_t stride, size_t count) { \
    TYPE best = x[0]; \
    if (stride == 1) { \
      for (size_t i = 0; i < count; i++) best = x[i] < best ? x[i] : best; \
    } else { \
      for (size_t i = 0; i < count; i++) { \
        const TYPE y = x[(ptrdiff_t)i * stride]; \
        best = y < best ? y : best; \
      } \
    } \
    return best; \
  } \
  CLONES static TYPE largest_##NAME(const TYPE *x, ptrdiff_t stride, size_t count) { \
    TYPE best = x[0]; \
    if (stride == 1) { \
      for (size_t i = 0; i < count; i++) best = x[i] > best ? x[i] : best; \
    } else { \
      for (size_t i = 0; i < count; i++) { \
        const TYPE y = x[(ptrdiff_t)i * stride]; \
        best = y > best ? y : best; \
      } \
    } \
    return best; \
  } \
  CLONES static void extreme_row_##NAME( \
    TYPE *restrict values, int largest, const TYPE *restrict x, ptrdiff_t stride, size_t columns) { \
    if (stride != 1) { \
      for (size_t i = 0; i < columns; i++) { \
        const TYPE y = x[(ptrdiff_t)i * stride]; \
        values[i] = (largest ? y > values[i] : y < values[i]) ? y : values[i]; \
      } \
    } else if (largest) { \
      for (size_t i = 0; i < columns; i++) values[i] = x[i] > values[i] ? x[i] : values[i]; \
    } else { \
      for (size_t i = 0; i < columns; i++) values[i] = x[i] < values[i] ? x[i] : values[i]; \
    } \
  }
EACH_INTEGER(INTEGERS)

// Bytes of truth values are compared as numbers. A result is true if its byte is not 0.
INLINE int compared(int type) { return type == KERNELS_BOOL ? KERNELS_UINT8 : type; }

void kernels_extreme_begin(struct kernels_extreme *state, int type, int largest) {
  memset(state, 0, sizeof *state);
  if (type <= KERNELS_FLOAT32) {
    state->value.small = largest ? -INFINITY : INFINITY;
  } else if (type == KERNELS_FLOAT64) {
    state->value.real = largest ? -INFINITY : INFINITY;
  } else if (type >= KERNELS_UINT8) {
    state->value.natural = largest ? 0 : UINT64_MAX;
  } else {
    state->value.integer = largest ? INT64_MIN : INT64_MAX;
  }
}

static void extreme_reals(
  struct kernels_extreme *state, int type, int largest, const void *x, ptrdiff_t stride, size_t count) {
  enum { PIECE = 512 };
  union {
    double doubles[PIECE];
    float floats[PIECE];
  } piece;
  const int is_direct = stride == 1 && type != KERNELS_FLOAT16;
  const size_t step = is_direct ? count : PIECE;
  for (size_t start = 0; start < count; start += step) {
    const size_t length = count - start < step ? count - start : step;
    const void *source = kernels_at(x, type, (ptrdiff_t)start * stride);
    if (!is_direct) {
      kernels_gather(&piece, type, source, stride, length);
      source = &piece;
    }
    if (type == KERNELS_FLOAT64) {
      extreme_f64(state, &state->value.real, largest, source, length);
    } else {
      extreme_f32(state, &state->value.small, largest, source, length);
    }
  }
}

void kernels_extreme(
  struct kernels_extreme *state, int type, int largest, const void *x, ptrdiff_t stride, size_t count) {
  if (count == 0) return;
  if (type <= KERNELS_FLOAT64) return extreme_reals(state, type, largest, x, stride, count);
  state->has_number = 1;
  switch (compared(type)) {
#define CASE(CONSTANT, TYPE, NAME) \
  case CONSTANT: { \
    const TYPE best = (largest ? largest_##NAME : smallest_##NAME)(x, stride, count); \
    if ((TYPE)-1 < 0) { \
      const int64_t wide = (int64_t)best; \
      if (largest ? wide > state->value.integer : wide < state->value.integer) state->value.integer = wide; \
    } else { \
      const uint64_t wide = (uint64_t)best; \
      if (largest ? wide > state->value.natural : wide < state->value.natural) state->value.natural = wide; \
    } \
    break; \
  }
    EACH_INTEGER(CASE)
#undef CASE
  }
}

void kernels_extreme_row(void *values, int type, const void *x, ptrdiff_t stride, size_t columns) {
  if (type <= KERNELS_FLOAT64) return kernels_gather(values, type, x, stride, columns);
  switch (compared(type)) {
#define CASE(CONSTANT, TYPE, NAME) \
  case CONSTANT: \
    for (size_t i = 0; i < columns; i++) ((TYPE *)values)[i] = ((const TYPE *)x)[(ptrdiff_t)i * stride]; \
    break;
    EACH_INTEGER(CASE)
#undef CASE
  }
}

void kernels_extreme_rows(
  void *values, int type, int largest, int ignoring_nan, const void *x, ptrdiff_t row_stride, size_t rows,
  ptrdiff_t column_stride, size_t columns) {
  double piece[KERNELS_TILE];
  for (size_t row = 0; row < rows; row++) {
    const void *source = kernels_at(x, type, (ptrdiff_t)row * row_stride);
    if (type <= KERNELS_FLOAT64 && (type == KERNELS_FLOAT16 || column_stride != 1)) {
      kernels_gather(piece, type, source, column_stride, columns);
      source = piece;
    }
    switch (compared(type)) {
    case KERNELS_FLOAT16:
    case KERNELS_FLOAT32: extreme_row_f32(values, largest, ignoring_nan, source, columns); break;
    case KERNELS_FLOAT64: extreme_row_f64(values, largest, ignoring_nan, source, columns); break;
#define CASE(CONSTANT, TYPE, NAME) \
  case CONSTANT: extreme_row_##NAME(values, largest, source, column_stride, columns); break;
      EACH_INTEGER(CASE)
#undef CASE
    }
  }
}
