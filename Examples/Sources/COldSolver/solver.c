#include "COldSolver.h"

#include <math.h>

// COMMON /ODECOM/ T, H, Y(2), YNEW(2), SLOPES(2, 7), NSTEPS
static ode_function function;
static double time, step, y[2], y_new[2], slopes[7][2];
static int step_count;

static const double nodes[7] = {0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1};
static const double weights[7][6] = {
  {0},
  {1. / 5},
  {3. / 40, 9. / 40},
  {44. / 45, -56. / 15, 32. / 9},
  {19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
  {9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
  {35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
};
static const double error_weights[7] = {
  71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40,
};

void ode_begin(ode_function f, const double start[2]) {
  function = f;
  time = 0;
  step = 1e-3;
  step_count = 0;
  for (int i = 0; i < 2; i++) y[i] = start[i];
}

// Tries a step and writes the result to y_new. Returns the error of the step.
static double try_step(void) {
  double error = 0;
  for (int stage = 0; stage < 7; stage++) {
    for (int i = 0; i < 2; i++) {
      double sum = 0;
      for (int k = 0; k < stage; k++) sum += weights[stage][k] * slopes[k][i];
      y_new[i] = y[i] + step * sum;
    }
    function(time + nodes[stage] * step, y_new, slopes[stage]);
  }
  for (int i = 0; i < 2; i++) {
    double sum = 0;
    for (int k = 0; k < 7; k++) sum += error_weights[k] * slopes[k][i];
    error = fmax(error, fabs(step * sum));
  }
  return error;
}

int ode_advance(double until, double tolerance) {
  for (int tries = 0; tries < 100000; tries++) {
    if (time >= until) return 0;
    if (time + step > until) step = until - time;
    double error = try_step() / tolerance;
    if (error <= 1) {
      time += step;
      step_count++;
      for (int i = 0; i < 2; i++) y[i] = y_new[i];
    }
    step *= fmin(5, fmax(0.2, 0.9 * pow(error, -0.2)));
    if (!(step > 1e-12)) return -1;
  }
  return -1;
}

void ode_solution(double result[2], int *steps) {
  for (int i = 0; i < 2; i++) result[i] = y[i];
  *steps = step_count;
}
