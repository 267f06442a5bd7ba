import SharedArrays

/// The times of the phases of an analysis.
struct PhaseTimes: BitwiseTransferable, BitwiseCopyable {
  var covariance = Duration.zero
  var eigenvectors = Duration.zero
  var projection = Duration.zero
  var neighbours = Duration.zero

  var total: Duration { covariance + eigenvectors + projection + neighbours }

  /// Returns the mean of the times that several workers spent in parallel.
  static func mean(of times: [PhaseTimes], workers: Int) -> PhaseTimes {
    var sum = PhaseTimes()
    for time in times { sum += time }
    return PhaseTimes(
      covariance: sum.covariance / workers, eigenvectors: sum.eigenvectors / workers,
      projection: sum.projection / workers, neighbours: sum.neighbours / workers)
  }

  static func += (sum: inout PhaseTimes, times: PhaseTimes) {
    sum.covariance += times.covariance
    sum.eigenvectors += times.eigenvectors
    sum.projection += times.projection
    sum.neighbours += times.neighbours
  }
}
