import COldSolver
import SharedArrays

/// The position of a van der Pol oscillator after some time, computed by the solver in C.
///
/// The solver keeps its state in global variables, so two threads that use it at the same time
/// overwrite each other's state.
enum Oscillator: WorkFunction {
  static let time = 500.0
  static let tolerance = 1e-10

  /// Returns the position of the oscillator whose damping depends on `number`, or NaN if the solver
  /// fails.
  static func call(_ number: Int) -> Double {
    var place = [2.0, 0.0]
    var steps: CInt = 0
    unsafe ode_begin(van_der_pol, place)
    // Swift rejects access to a C global variable from several threads, but cannot see such an
    // access in a C function.
    set_damping(damping(number))
    let outcome = ode_advance(time, tolerance)
    unsafe ode_solution(&place, &steps)
    return outcome == 0 ? place[0] : .nan
  }

  private static func damping(_ number: Int) -> Double { 0.5 + Double(number % 64) / 16 }
}
