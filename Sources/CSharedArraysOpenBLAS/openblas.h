/// OpenBLAS: cblas and the Fortran LAPACK that its library contains (Debian ships no lapacke.h with
/// it).
#ifndef SHAREDARRAYS_OPENBLAS_H
#define SHAREDARRAYS_OPENBLAS_H

#if !__has_include(<cblas.h>)
#error "OpenBLAS is not installed: cblas.h is missing. On Debian and Ubuntu: apt-get install libopenblas-dev"
#else

#include <cblas.h>
#include <stddef.h>

/// Compute eigenvalues and eigenvectors of a real symmetric matrix. The last two arguments are the
/// lengths of the two strings, which Fortran compilers append.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info,
             size_t jobz_length, size_t uplo_length);
void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info,
             size_t jobz_length, size_t uplo_length);

/// Computes all eigenvalues, in ascending order, and eigenvectors of an n x n matrix. The lower
/// triangle of the matrix is passed in a, in columns of n elements. The vectors overwrite a. A work
/// length of -1 queries the optimal lengths, which are returned in work[0] and iwork[0]. Returns
/// LAPACK's INFO.
static inline int sharedarrays_dsyevd(int n, double *a, double *w,
                                      double *work, int lwork, int *iwork, int liwork) {
  int info = 0, lda = n > 1 ? n : 1;
  dsyevd_("V", "L", &n, a, &lda, w, work, &lwork, iwork, &liwork, &info, 1, 1);
  return info;
}

/// The same as sharedarrays_dsyevd, in single precision.
static inline int sharedarrays_ssyevd(int n, float *a, float *w,
                                      float *work, int lwork, int *iwork, int liwork) {
  int info = 0, lda = n > 1 ? n : 1;
  ssyevd_("V", "L", &n, a, &lda, w, work, &lwork, iwork, &liwork, &info, 1, 1);
  return info;
}

#endif
#endif
