// Loops that compute one result for each element.
//
// Strides are in elements. A result may be one of the operands, element for element, but must not
// overlap an operand in any other way, unless a comment says otherwise.
#pragma once

#include "CKernelsTypes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  KERNELS_ADD,
  KERNELS_SUBTRACT,
  KERNELS_MULTIPLY,
  KERNELS_DIVIDE,
  KERNELS_REMAINDER,  // of integers
  KERNELS_MINIMUM,
  KERNELS_MAXIMUM,
  KERNELS_OPERATION_COUNT
};

// Computes `count` results of an operation on two operands of one type. Returns false and does
// nothing if the type has no such loop.
bool kernels_elementwise(
  int operation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);

enum {
  KERNELS_EQUAL,
  KERNELS_UNEQUAL,
  KERNELS_LESS,
  KERNELS_LESS_OR_EQUAL,
  KERNELS_AND,  // of truth values
  KERNELS_OR,
  KERNELS_RELATION_COUNT
};

// Computes `count` results of a comparison or logical operation on two operands of one type. The
// results are truth values: bytes of 0 or 1. Returns false and does nothing if the type has no such
// loop.
bool kernels_relate(
  int relation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);

// Masks are truth values in bytes. `width` is the number of bytes of an element.

// Writes elements next to each other: those of `a` where the mask is true, and those of `b`
// elsewhere. The result must not overlap the operands or the mask.
void kernels_select(
  size_t width, ptrdiff_t count, void *result, const uint8_t *mask, ptrdiff_t mask_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);

// Writes the elements of `a` where the mask is true, and does not write elsewhere.
void kernels_assign(
  size_t width, ptrdiff_t count, void *result, ptrdiff_t result_stride, const uint8_t *mask,
  ptrdiff_t mask_stride, const void *a, ptrdiff_t a_stride);

// Writes the elements of `a` where the mask is true next to each other, at most `room` of them.
// Returns the number of elements written.
ptrdiff_t kernels_compress(
  size_t width, ptrdiff_t count, void *target, ptrdiff_t room, const uint8_t *mask, ptrdiff_t mask_stride,
  const void *a, ptrdiff_t a_stride);

// Writes the elements of `source` one after the other where the mask is true, until `available`
// elements have been used. Returns the number of elements written.
ptrdiff_t kernels_expand(
  size_t width, ptrdiff_t count, void *result, ptrdiff_t result_stride, const uint8_t *mask,
  ptrdiff_t mask_stride, const void *source, ptrdiff_t source_stride, ptrdiff_t available);

// Adds each value to the element of `target` at its position. `target` has `extent` elements; an
// element whose position occurs several times gets all its values. Returns the number of values
// added, which is less than `count` if the next position is out of range. Integers wrap.
ptrdiff_t kernels_add_at(
  int type, void *target, size_t extent, ptrdiff_t stride, const int64_t *positions,
  ptrdiff_t position_stride, const void *values, ptrdiff_t value_stride, ptrdiff_t count);
