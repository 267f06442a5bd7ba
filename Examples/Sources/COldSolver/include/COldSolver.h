/// A solver of ordinary differential equations in the style of old codes. Global variables, like
/// the COMMON blocks of Fortran, contain its state between calls, so a process can solve only one
/// problem at a time.
#ifndef COLDSOLVER_H
#define COLDSOLVER_H

/// The right-hand side of y' = f(t, y). It has no other arguments, so its parameters are in global
/// variables too.
typedef void (*ode_function)(double t, const double y[2], double slope[2]);

/// Starts a problem at t = 0.
void ode_begin(ode_function f, const double y[2]);

/// Integrates to the given time, by steps whose errors are below the tolerance (Dormand-Prince).
/// Returns 0, or -1 if the steps become too small or too many.
int ode_advance(double until, double tolerance);

/// Returns the current solution and the number of steps.
void ode_solution(double y[2], int *steps);

/// The van der Pol oscillator, and its damping.
void van_der_pol(double t, const double y[2], double slope[2]);
void set_damping(double damping);

#endif
