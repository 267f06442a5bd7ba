import COldSolver
import SharedArrays

/// An oscillator of van der Pol and where it is after some time, by the solver in C. The solver keeps its state in global variables:
/// two threads that solve at the same time overwrite each other's.
enum Oscillator: WorkFunction {
  static let time = 500.0
  static let tolerance = 1e-10

  /// The position of an oscillator, the damping of which depends on its number; not a number if the solver gave up.
  static func call(_ number: Int) -> Double {
    var place = [2.0, 0.0]
    var steps: CInt = 0
    unsafe ode_begin(van_der_pol, place)
    // Swift would refuse to touch a global variable of C from several threads. That a function does so, it cannot know.
    set_damping(damping(number))
    let outcome = ode_advance(time, tolerance)
    unsafe ode_solution(&place, &steps)
    return outcome == 0 ? place[0] : .nan
  }

  private static func damping(_ number: Int) -> Double { 0.5 + Double(number % 64) / 16 }
}
