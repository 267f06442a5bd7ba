// Floating-point sums and products by pairwise summation, whose rounding error grows with the
// logarithm of the number of elements. N. J. Higham, "The accuracy of floating point summation",
// SIAM J. Sci. Comput. 14 (1993).
//
// Each block of 128 elements, and the shorter one at the end of a run, has eight accumulators:
// element i of a block is added to accumulator i mod 8. The sums of blocks enter a binary counter,
// in which two sums of one level are combined to a sum of the next level. Columns are added in
// exactly the same order, but side by side.
#include "CSharedArraysKernels.h"
#include "loops.h"

#define EACH_TERM(X) \
  X(KERNELS_SUM) \
  X(KERNELS_PRODUCT) \
  X(KERNELS_SQUARE) \
  X(KERNELS_DEVIATION) \
  X(KERNELS_SUM + KERNELS_IGNORING_NAN) \
  X(KERNELS_PRODUCT + KERNELS_IGNORING_NAN) \
  X(KERNELS_SQUARE + KERNELS_IGNORING_NAN) \
  X(KERNELS_DEVIATION + KERNELS_IGNORING_NAN)

#define VALUE double
#define VALUE_TYPE KERNELS_FLOAT64
#define LEVELS doubles
#define NAME(x) x##_double
#include "pairwise.inc"
#undef VALUE
#undef VALUE_TYPE
#undef LEVELS
#undef NAME

#define VALUE float
#define VALUE_TYPE KERNELS_FLOAT32
#define LEVELS floats
#define NAME(x) x##_float
#include "pairwise.inc"

// The number of elements copied at a time if they have another type or are not adjacent.
enum { PIECE = 4 * KERNELS_BLOCK };

INLINE int adds_floats(int type) { return type <= KERNELS_FLOAT32; }

void kernels_fold(
  struct kernels_pairwise *state, int type, int term, const void *x, ptrdiff_t stride, size_t count,
  double parameter) {
  if (stride == 1 && type == KERNELS_FLOAT64) return fold_double(state, term, x, count, parameter);
  if (stride == 1 && type == KERNELS_FLOAT32) return fold_float(state, term, x, count, (float)parameter);
  union {
    double doubles[PIECE];
    float floats[PIECE];
  } piece;
  for (size_t start = 0; start < count; start += PIECE) {
    const size_t length = count - start < PIECE ? count - start : PIECE;
    kernels_gather(&piece, type, kernels_at(x, type, (ptrdiff_t)start * stride), stride, length);
    if (adds_floats(type)) {
      fold_float(state, term, piece.floats, length, (float)parameter);
    } else {
      fold_double(state, term, piece.doubles, length, parameter);
    }
  }
}

double kernels_total(const struct kernels_pairwise *state, int type, int term) {
  return adds_floats(type) ? (double)total_float(state, term) : total_double(state, term);
}

void kernels_fold_short(
  int type, int term, const void *x, ptrdiff_t stride, size_t count, ptrdiff_t lane_stride, size_t lanes,
  const double *parameters, double *totals) {
  if (stride == 1 && type == KERNELS_FLOAT64) {
    return fold_short_double(term, x, count, lane_stride, lanes, parameters, totals);
  }
  if (stride == 1 && type == KERNELS_FLOAT32) {
    return fold_short_float(term, x, count, lane_stride, lanes, parameters, totals);
  }
  union {
    double doubles[KERNELS_BLOCK];
    float floats[KERNELS_BLOCK];
  } piece;
  for (size_t lane = 0; lane < lanes; lane++) {
    kernels_gather(&piece, type, kernels_at(x, type, (ptrdiff_t)lane * lane_stride), stride, count);
    const double *parameter = parameters ? parameters + lane : 0;
    if (adds_floats(type)) {
      fold_short_float(term, piece.floats, count, 0, 1, parameter, totals + lane);
    } else {
      fold_short_double(term, piece.doubles, count, 0, 1, parameter, totals + lane);
    }
  }
}

void kernels_fold_products(
  struct kernels_pairwise *state, int type, const void *x, const void *y, size_t count) {
  if (adds_floats(type)) {
    fold_products_float(state, x, y, count);
  } else {
    fold_products_double(state, x, y, count);
  }
}

size_t kernels_columns_bytes(uint64_t blocks) {
  size_t levels = 1;
  while (blocks >>= 1) levels++;
  return sizeof(struct columns_double) + levels * KERNELS_TILE * sizeof(double);
}

void kernels_columns_begin(void *state, int type, size_t columns, const double *parameters) {
  struct columns_double *doubles = state;
  struct columns_float *floats = state;
  doubles->blocks = 0;
  for (size_t i = 0; i < columns; i++) {
    const double parameter = parameters ? parameters[i] : 1;
    if (adds_floats(type)) {
      floats->parameters[i] = (float)parameter;
    } else {
      doubles->parameters[i] = parameter;
    }
  }
}

void kernels_columns_fold(
  void *state, int type, int term, const void *x, ptrdiff_t row_stride, size_t rows, ptrdiff_t column_stride,
  size_t columns) {
  for (size_t row = 0; row < rows; row += KERNELS_BLOCK) {
    const size_t block = rows - row < KERNELS_BLOCK ? rows - row : KERNELS_BLOCK;
    const void *start = kernels_at(x, type, (ptrdiff_t)row * row_stride);
    if (adds_floats(type)) {
      fold_columns_float(state, type, term, start, row_stride, block, column_stride, columns);
    } else {
      fold_columns_double(state, type, term, start, row_stride, block, column_stride, columns);
    }
  }
}

void kernels_columns_totals(const void *state, int type, int term, size_t columns, double *totals) {
  if (adds_floats(type)) {
    column_totals_float(state, term, columns, totals);
  } else {
    column_totals_double(state, term, columns, totals);
  }
}
