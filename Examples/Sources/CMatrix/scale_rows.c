#include "CMatrix.h"

void scale_rows(double *a, const ptrdiff_t shape[2], const ptrdiff_t strides[2], const double *factors) {
  for (ptrdiff_t i = 0; i < shape[0]; i++)
    for (ptrdiff_t j = 0; j < shape[1]; j++) a[i * strides[0] + j * strides[1]] *= factors[i];
}
