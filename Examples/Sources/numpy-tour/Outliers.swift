// Measurements more than three standard deviations from the mean, replaced by the median or the
// mean of the others.
import SharedArrays

func outliers() throws {
  let i = try SharedArray<Int>.arange(200)
  let noise = try (i * 37 % 101).converted(to: Double.self) / 50
  let x = try 9 + noise * noise
  try x.put(SharedArray([55, -40, 31]), at: [20, 90, 170])

  let outlier = try (x - x.mean()).map(.magnitude) .> 3 * x.standardDeviation()
  let rest = try x.take(where: .!outlier)
  let byMedian = try x.replacing(with: rest.median(), where: outlier)
  let byMean = try x.copy()
  byMean.fill(rest.mean(), where: outlier)
  print("outliers at", try outlier.nonZeroIndices().squeezed(), "are", try x.take(where: outlier))
  print("median and mean of the rest", try rest.median(), rest.mean())
  print("with outliers", x.mean(), x.standardDeviation())
  print("by the median", byMedian.mean(), byMedian.standardDeviation())
  print("by the mean", byMean.mean(), byMean.standardDeviation())
  print("quartiles", try byMedian.percentiles([25, 50, 75]))
  let (low, high) = (x.mean() - x.standardDeviation(), x.mean() + x.standardDeviation())
  print("within one deviation", try x.clipped(to: low...high).max())
}
