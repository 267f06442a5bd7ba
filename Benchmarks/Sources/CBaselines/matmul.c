#define _GNU_SOURCE
#include "CBaselines.h"

#include <cblas.h>
#include <time.h>

static int current_threads = 1;

const char *limit_blas_config(void) {
  return openblas_get_config();
}

void limit_blas_begin(int threads) {
  enum { N = 64 }; // large enough that OpenBLAS uses its threads
  static double a[N * N], b[N * N], c[N * N];
  current_threads = threads;
  openblas_set_num_threads(threads);
  limit_dgemm(N, a, b, c);
}

void limit_blas_end(void) {
  openblas_set_num_threads(1);
  if (current_threads == 1) return;
  // Idle OpenBLAS threads spin for about 30 ms. The next contender must not share its cores with
  // them.
  const struct timespec rest = {.tv_nsec = 60 * 1000 * 1000};
  nanosleep(&rest, NULL);
}

double limit_dgemm(int n, const double *a, const double *b, double *c) {
  const double start = limit_now();
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
  return limit_now() - start;
}

double limit_sgemm(int n, const float *a, const float *b, float *c) {
  const double start = limit_now();
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
  return limit_now() - start;
}
