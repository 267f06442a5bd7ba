// Functions of elements. Strides are in elements; a result may take the place of its operand, but not overlap one in
// any other way.
#pragma once

#include "CKernelsTypes.h"

#include <stddef.h>

enum {
  KERNELS_ABSOLUTE, KERNELS_SQRT, KERNELS_CBRT,
  KERNELS_FLOOR, KERNELS_CEIL, KERNELS_TRUNC, KERNELS_ROUND,
  KERNELS_EXP, KERNELS_EXP2, KERNELS_EXP10, KERNELS_EXPM1,
  KERNELS_LOG, KERNELS_LOG2, KERNELS_LOG10, KERNELS_LOG1P,
  KERNELS_SIN, KERNELS_COS, KERNELS_TAN, KERNELS_ASIN, KERNELS_ACOS, KERNELS_ATAN,
  KERNELS_SINH, KERNELS_COSH, KERNELS_TANH, KERNELS_ASINH, KERNELS_ACOSH, KERNELS_ATANH,
  KERNELS_ERF, KERNELS_ERFC,
};
enum { KERNELS_POWER, KERNELS_ATAN2, KERNELS_HYPOT };

// Functions of one and of two numbers, Float16, Float32 or Float64.
void kernels_function(
  int function, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x,
  ptrdiff_t x_stride);
void kernels_function2(
  int function, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x,
  ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride);

// Magnitudes of signed integers or floating-point numbers.
void kernels_magnitudes(
  int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x, ptrdiff_t x_stride);

// Running sums or products of integers of 64 bits, floating-point numbers or complex ones, in place: each element
// is added to, or multiplied by, the one before it. A Float16 is rounded after each step.
void kernels_accumulate(int is_product, int type, ptrdiff_t count, void *x, ptrdiff_t stride);

// The same with the smallest or largest element so far, of real numbers and integers.
void kernels_accumulate_extreme(int largest, int type, ptrdiff_t count, void *x, ptrdiff_t stride);
