import Foundation
import SharedArrays

extension Demo {
  /// Prints the time of each phase of the analyses, and the speed-up of the second one.
  func reportTimes(_ alone: Analysis, _ together: Analysis?) {
    let analyses = [alone] + (together.map { [$0] } ?? [])
    let phases: [(String, (Analysis) -> Duration)] = [
      ("covariance", \.times.covariance), ("eigenvectors", \.times.eigenvectors),
      ("projection", \.times.projection), ("neighbours", \.times.neighbours),
      ("forks and waits", { $0.time - $0.times.total }), ("total", \.time),
    ]
    let rows = phases.map { name, time in
      [name] + analyses.flatMap { [milliseconds(time($0)), wholePercent(time($0) / $0.time)] }
    }
    let header =
      ["time"] + analyses.flatMap { [$0.workers == 1 ? "1 worker" : "\($0.workers) workers", "share"] }
    print("\n" + table(header, rows, rightAligned: Set(1..<header.count)))
    print(
      "A worker is a process with one BLAS thread. The parent, with \(BLASThreads.count), finds the eigenvectors of the "
        + "whole table.")
    if let together { print("\(together.workers) workers computed the same bits as one.") }
    print(verdict(alone, together, cores: ComputeBudget.cores))
  }

  /// Returns a sentence on the speed-up, or on the reason why none is claimed.
  private func verdict(_ alone: Analysis, _ together: Analysis?, cores: Int) -> String {
    guard let together else {
      return cores == 1
        ? "This process may use only one core, so more workers would not be faster."
        : "Speed-up: not measured with 1 worker; \(cores) cores are available."
    }
    if cores == 1 {
      return "Speed-up: not reported, because \(together.workers) workers share one core."
    }
    if alone.time < .milliseconds(250) {
      return "Speed-up: not reported, because a run of less than 0.25 s is too short to compare."
    }
    let speedUp = alone.time / together.time
    let efficiency = speedUp / Double(min(together.workers, cores))
    let shares = together.workers > cores ? ", which share them" : ""
    let text =
      String(format: "Speed-up: %.2f on %d cores with %d workers", speedUp, cores, together.workers)
      + shares + ", efficiency " + wholePercent(efficiency)
    if efficiency > 0.8 { return text }
    return text
      + String(format: "\nOther programs might use the cores: the load average is %.1f.", loadAverage)
  }

  /// The mean number of runnable threads on this machine in the last minute.
  private var loadAverage: Double {
    var average = 0.0
    // SAFETY: `getloadavg` writes at most one number, for which `average` has room.
    return unsafe getloadavg(&average, 1) == 1 ? average : 0
  }
}

private func milliseconds(_ time: Duration) -> String { String(format: "%.1f ms", time / .milliseconds(1)) }

private func wholePercent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
