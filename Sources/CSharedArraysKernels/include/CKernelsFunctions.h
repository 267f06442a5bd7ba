// Functions of elements. Strides are in elements. A result may be one of the operands, element for
// element, but must not overlap an operand in any other way.
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

// Compute functions of one and of two numbers of type Float16, Float32 or Float64.
void kernels_function(
  int function, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x,
  ptrdiff_t x_stride);
void kernels_function2(
  int function, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x,
  ptrdiff_t x_stride, const void *y, ptrdiff_t y_stride);

// Computes the magnitudes of signed integers or floating-point numbers.
void kernels_magnitudes(
  int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *x, ptrdiff_t x_stride);

// Computes running sums or products of 64-bit integers, floating-point numbers or complex numbers,
// in place: each element is added to, or multiplied by, the result before it. A Float16 is rounded
// after each step.
void kernels_accumulate(int is_product, int type, ptrdiff_t count, void *x, ptrdiff_t stride);

// Computes the running minimum or maximum of real numbers or integers, in place.
void kernels_accumulate_extreme(int largest, int type, ptrdiff_t count, void *x, ptrdiff_t stride);
