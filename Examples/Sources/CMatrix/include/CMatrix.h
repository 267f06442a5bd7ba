/// Typical numerical code: C that accepts a stride per axis, and Fortran that requires contiguous
/// columns.
#ifndef CMATRIX_H
#define CMATRIX_H

#include <stddef.h>

/// Multiplies each row of a matrix by its factor. The element [i, j] is a[i * strides[0] + j *
/// strides[1]].
void scale_rows(double *a, const ptrdiff_t shape[2], const ptrdiff_t strides[2], const double *factors);

/// Subtracts the mean of each column of a matrix. It has the interface that a Fortran compiler
/// exports for
///
///     subroutine center_columns(a, rows, columns, lda, means)
///     integer :: rows, columns, lda
///     double precision :: a(lda, *), means(*)
///
/// All arguments are passed by address. The elements of a column are contiguous.
void center_columns_(double *a, const int *rows, const int *columns, const int *lda, double *means);

#endif
