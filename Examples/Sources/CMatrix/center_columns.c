#include "CMatrix.h"

void center_columns_(double *a, const int *rows, const int *columns, const int *lda, double *means) {
  for (int j = 0; j < *columns; j++) {
    double *column = a + (ptrdiff_t)j * *lda;
    double sum = 0;
    for (int i = 0; i < *rows; i++) sum += column[i];
    means[j] = sum / *rows;
    for (int i = 0; i < *rows; i++) column[i] -= means[j];
  }
}
