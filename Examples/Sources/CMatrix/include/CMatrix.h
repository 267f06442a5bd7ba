/// Numerical code as it is found: C that is told every stride, and Fortran that wants columns.
#ifndef CMATRIX_H
#define CMATRIX_H

#include <stddef.h>

/// Multiplies each row of a matrix by a factor of its own. The element [i, j] is a[i * strides[0] + j * strides[1]].
void scale_rows(double *a, const ptrdiff_t shape[2], const ptrdiff_t strides[2], const double *factors);

/// Subtracts from each column of a matrix its mean; as a Fortran compiler would export
///
///     subroutine center_columns(a, rows, columns, lda, means)
///     integer :: rows, columns, lda
///     double precision :: a(lda, *), means(*)
///
/// Everything is passed by address, and the elements of a column stand one after the other.
void center_columns_(double *a, const int *rows, const int *columns, const int *lda, double *means);

#endif
