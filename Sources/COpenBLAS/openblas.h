/// OpenBLAS: cblas and the Fortran LAPACK that its library contains (Debian ships no lapacke.h with it).
#ifndef SHAREDARRAYS_OPENBLAS_H
#define SHAREDARRAYS_OPENBLAS_H

#include <cblas.h>

#endif
