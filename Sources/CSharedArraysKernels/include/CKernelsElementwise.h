// One result for each element.
//
// Strides are in elements. A result may be one of the operands, element for element, but not overlap one in any
// other way, unless something else is said.
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

// Computes `count` results of an operation on two operands of one type. Returns false, and does nothing, if there
// is no such loop for the type.
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

// The same for results that are truth values, bytes of 0 or 1.
bool kernels_relate(
  int relation, int type, ptrdiff_t count, void *result, ptrdiff_t result_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);

// Masks are truth values in bytes. `width` is the number of bytes of an element.

// Writes the elements of `a` where the mask is true, else those of `b`, next to each other. The result overlaps
// none of the others.
void kernels_select(
  size_t width, ptrdiff_t count, void *result, const uint8_t *mask, ptrdiff_t mask_stride, const void *a,
  ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride);

// Writes the elements of `a` where the mask is true, and nothing elsewhere.
void kernels_assign(
  size_t width, ptrdiff_t count, void *result, ptrdiff_t result_stride, const uint8_t *mask,
  ptrdiff_t mask_stride, const void *a, ptrdiff_t a_stride);

// Writes the elements of `a` where the mask is true next to each other, at most `room`; returns how many.
ptrdiff_t kernels_compress(
  size_t width, ptrdiff_t count, void *target, ptrdiff_t room, const uint8_t *mask, ptrdiff_t mask_stride,
  const void *a, ptrdiff_t a_stride);

// Writes one element of `source` after the other where the mask is true, while there are any; returns how many.
ptrdiff_t kernels_expand(
  size_t width, ptrdiff_t count, void *result, ptrdiff_t result_stride, const uint8_t *mask,
  ptrdiff_t mask_stride, const void *source, ptrdiff_t source_stride, ptrdiff_t available);

// Adds each value to the element of `target`, of `extent` elements, at its position; elements named several times get all
// of them. Returns how many were added: less than `count` if the next position is outside. Integers wrap.
ptrdiff_t kernels_add_at(
  int type, void *target, size_t extent, ptrdiff_t stride, const int64_t *positions,
  ptrdiff_t position_stride, const void *values, ptrdiff_t value_stride, ptrdiff_t count);
