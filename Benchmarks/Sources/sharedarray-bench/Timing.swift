import CBaselines
import Glibc

/// Returns the seconds per call of `body`, measured over `repetitions` consecutive calls.
func secondsPerCall(_ repetitions: Int = 1, _ body: () throws -> Void) rethrows -> Double {
  let start = limit_now()
  for _ in 0..<repetitions { try body() }
  return (limit_now() - start) / Double(repetitions)
}

/// Returns the mean of the seconds that `repetitions` calls of a CBaselines function return.
func meanSeconds(_ repetitions: Int = 1, _ measured: () -> Double) throws -> Double {
  var total = 0.0
  for _ in 0..<repetitions {
    let seconds = measured()
    if seconds < 0 { throw BenchmarkError("the baseline cannot be measured", CInt(-seconds)) }
    total += seconds
  }
  return total / Double(repetitions)
}

/// Throws if the result of a CBaselines function is a negated errno.
func succeed(_ result: CInt, _ what: String) throws(BenchmarkError) {
  if result < 0 { throw BenchmarkError(what, -result) }
}

/// Throws unless `value` equals `expected` within `tolerance`.
func expect(_ value: Double, _ expected: Double, tolerance: Double, _ what: String) throws(BenchmarkError) {
  if abs(value - expected) <= tolerance { return }
  throw BenchmarkError("\(what) is \(value) instead of \(expected)")
}
