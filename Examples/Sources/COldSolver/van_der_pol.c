#include "COldSolver.h"

// COMMON /VDPCOM/ DAMP
static double damping;

void set_damping(double new_damping) { damping = new_damping; }

void van_der_pol(double t, const double y[2], double slope[2]) {
  (void)t;
  slope[0] = y[1];
  slope[1] = damping * (1 - y[0] * y[0]) * y[1] - y[0];
}
