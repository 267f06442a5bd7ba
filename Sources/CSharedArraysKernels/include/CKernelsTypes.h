// The types of numbers that the loops support.
#pragma once

// The order matters: real numbers come first, with the small ones that are computed as Float32,
// then integers.
enum {
  KERNELS_FLOAT16,
  KERNELS_FLOAT32,
  KERNELS_FLOAT64,
  KERNELS_INT8,
  KERNELS_INT16,
  KERNELS_INT32,
  KERNELS_INT64,
  KERNELS_UINT8,
  KERNELS_UINT16,
  KERNELS_UINT32,
  KERNELS_UINT64,
  KERNELS_COMPLEX64,  // in loops over elements only; reductions work on the parts
  KERNELS_COMPLEX128,
  KERNELS_BOOL,  // any byte other than 0 is true
  KERNELS_TYPE_COUNT,
};
