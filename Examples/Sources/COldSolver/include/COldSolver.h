/// A solver of ordinary differential equations as old codes have it: what other calls need to know stands in global variables, as
/// in the COMMON blocks of Fortran. So one problem at a time can be solved in a process.
#ifndef COLDSOLVER_H
#define COLDSOLVER_H

/// The right-hand side of y' = f(t, y). It gets no other argument: where it needs parameters, they are in global variables, too.
typedef void (*ode_function)(double t, const double y[2], double slope[2]);

/// Begins a problem at t = 0.
void ode_begin(ode_function f, const double y[2]);

/// Goes on until the given time, by steps whose errors stay below the tolerance (Dormand and Prince).
/// Returns 0, or -1 if the steps become too small or too many.
int ode_advance(double until, double tolerance);

/// Where the problem has got to, and by how many steps.
void ode_solution(double y[2], int *steps);

/// The oscillator of van der Pol, and its damping.
void van_der_pol(double t, const double y[2], double slope[2]);
void set_damping(double damping);

#endif
