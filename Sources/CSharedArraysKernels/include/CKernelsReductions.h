// Loops that reduce many elements to one result.
//
// Strides are in elements. Several columns are reduced row by row, so that memory is read in its
// own order; at most KERNELS_TILE columns are reduced at a time. Results do not depend on the
// instruction set: floating-point numbers are added in one fixed order, and products and sums are
// never fused.
#pragma once

#include "CKernelsTypes.h"

#include <stddef.h>
#include <stdint.h>

// The operation applied to each element before it is added, or multiplied if a product is computed.
// The parameter of a square is a factor of the element. The parameter of a deviation is subtracted
// from the element.
enum {
  KERNELS_SUM = 0,
  KERNELS_PRODUCT = 1,
  KERNELS_SQUARE = 2,
  KERNELS_DEVIATION = 3,
  KERNELS_IGNORING_NAN = 4,  // added to one of the above
};

enum {
  KERNELS_BLOCK = 128,  // elements in a block, where every eighth one has the same accumulator
  KERNELS_TILE = 256,   // the largest number of columns at a time
};

// Sums of blocks, added pairwise: level i holds the sum of 2^i blocks if bit i of `blocks` is set.
// Float16 and Float32 are added as Float32, all other types as Float64. All members are zero at the
// start.
struct kernels_pairwise {
  union {
    double doubles[64];
    float floats[64];
  } levels;
  uint64_t blocks;
};

// Adds a run of elements.
void kernels_fold(
  struct kernels_pairwise *state, int type, int term, const void *x, ptrdiff_t stride, size_t count,
  double parameter);
// Adds the products of adjacent numbers as the terms of a sum. The numbers have the type in which
// the state adds: Float32 or Float64.
void kernels_fold_products(
  struct kernels_pairwise *state, int type, const void *x, const void *y, size_t count);
double kernels_total(const struct kernels_pairwise *state, int type, int term);

// Computes the totals of `lanes` runs of at most KERNELS_BLOCK elements, which begin `lane_stride`
// elements apart.
void kernels_fold_short(
  int type, int term, const void *x, ptrdiff_t stride, size_t count, ptrdiff_t lane_stride, size_t lanes,
  const double *parameters, double *totals);

// The same functions for columns. `kernels_columns_bytes` returns the size of the state for the
// given number of blocks, and `kernels_columns_begin` initializes the state. `parameters` has one
// parameter for each column, or is null.
size_t kernels_columns_bytes(uint64_t blocks);
void kernels_columns_begin(void *state, int type, size_t columns, const double *parameters);
void kernels_columns_fold(
  void *state, int type, int term, const void *x, ptrdiff_t row_stride, size_t rows, ptrdiff_t column_stride,
  size_t columns);
void kernels_columns_totals(const void *state, int type, int term, size_t columns, double *totals);

// Adds integers to `total`, or multiplies it by them, modulo 2^64.
void kernels_integers(
  int64_t *total, int type, int term, const void *x, ptrdiff_t stride, size_t count);
void kernels_integer_rows(
  int64_t *totals, int type, int term, const void *x, ptrdiff_t row_stride, size_t rows,
  ptrdiff_t column_stride, size_t columns);

// Stores the separate sums of the high and low halves of 64-bit integers. The sums are exact for up
// to 2^31 elements.
void kernels_halves(
  int64_t *high, uint64_t *low, int type, const void *x, ptrdiff_t stride, size_t count);

// The smallest or largest element so far. A Float16 is stored as Float32.
struct kernels_extreme {
  union {
    double real;
    float small;
    int64_t integer;
    uint64_t natural;
  } value;
  int has_nan, has_number;
};

void kernels_extreme_begin(struct kernels_extreme *state, int type, int largest);
void kernels_extreme(
  struct kernels_extreme *state, int type, int largest, const void *x, ptrdiff_t stride, size_t count);

// The same functions for columns. `values` are elements, or Float32 for Float16. The caller must
// copy the first row there with `kernels_extreme_row`.
void kernels_extreme_row(void *values, int type, const void *x, ptrdiff_t stride, size_t columns);
void kernels_extreme_rows(
  void *values, int type, int largest, int ignoring_nan, const void *x, ptrdiff_t row_stride, size_t rows,
  ptrdiff_t column_stride, size_t columns);

// Returns the number of elements that are not NaN. For types that are not floating-point, this is
// the number of all elements.
size_t kernels_count(int type, const void *x, ptrdiff_t stride, size_t count);
void kernels_count_rows(
  int64_t *counts, int type, const void *x, ptrdiff_t row_stride, size_t rows, ptrdiff_t column_stride,
  size_t columns);

// Computes the sum of the products of floating-point or complex numbers. For complex numbers,
// `totals` gets both parts. The products are rounded.
void kernels_products(
  double totals[2], int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y,
  ptrdiff_t y_stride);
// Returns the sum of the products of integers, modulo 2^64.
int64_t kernels_integer_products(
  int type, size_t count, const void *x, ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride);

// The position of the first smallest or largest element among those searched so far. If NaN is not
// ignored and one has been found, it is the position of the first NaN. All members are zero at the
// start.
struct kernels_search {
  struct kernels_extreme best;
  int64_t place, count;
  int has_best, is_final;
};
void kernels_search(
  struct kernels_search *search, int type, int largest, int ignoring_nan, const void *x, ptrdiff_t stride,
  size_t count);
