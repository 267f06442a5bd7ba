// One result for each element.
#pragma once

#include "CKernelsTypes.h"

#include <stdbool.h>
#include <stddef.h>

enum { KERNELS_ADD, KERNELS_SUBTRACT, KERNELS_MULTIPLY, KERNELS_DIVIDE, KERNELS_OPERATION_COUNT };

// Computes `count` results of an operation on two operands of one type. Strides are in elements. The result may
// be one of the operands, element for element, but not overlap one in any other way. Returns false, and does
// nothing, if there is no such loop for the type.
bool kernels_elementwise(
  int operation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);
