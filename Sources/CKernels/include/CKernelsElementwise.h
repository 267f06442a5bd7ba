// One result for each element.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The element types, in the order of the cases of ElementType.
enum {
  CKERNELS_BOOL, CKERNELS_INT8, CKERNELS_INT16, CKERNELS_INT32, CKERNELS_INT64, CKERNELS_UINT8, CKERNELS_UINT16,
  CKERNELS_UINT32, CKERNELS_UINT64, CKERNELS_FLOAT16, CKERNELS_FLOAT32, CKERNELS_FLOAT64, CKERNELS_COMPLEX64,
  CKERNELS_COMPLEX128, CKERNELS_TYPE_COUNT
};

enum {
  CKERNELS_ADD, CKERNELS_SUBTRACT, CKERNELS_MULTIPLY, CKERNELS_DIVIDE, CKERNELS_REMAINDER, CKERNELS_MINIMUM,
  CKERNELS_MAXIMUM, CKERNELS_EQUAL, CKERNELS_UNEQUAL, CKERNELS_LESS, CKERNELS_NOT_GREATER, CKERNELS_OPERATION_COUNT
};

// Computes `count` results of an operation on two operands of one type; comparisons make bytes that are 0 or 1.
// Strides are in elements. The result may be one of the operands, element for element, but not overlap one in
// any other way. Returns false, and does nothing, if there is no such loop for the type.
bool ckernels_elementwise(
    int operation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
    ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);
