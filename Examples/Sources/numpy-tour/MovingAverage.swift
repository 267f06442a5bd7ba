// A moving average by windows of neighbours, and by differences of cumulative sums.
import SharedArrays

func movingAverage() throws {
  let i = try SharedArray<Int>.arange(40)
  let jitter = try (i * 29 % 31 - 15).converted(to: Double.self) / 60
  let x = try (i.converted(to: Double.self) / 6).map(.sin) + jitter
  let width = 5

  let windows = x.slidingWindows(of: width, axis: 0)
  let smooth = try windows.mean(axis: 1)
  let sums = try concatenate([SharedArray([0]), x.cumulativeSum()])
  let same = try (sums[width...] - sums[.dropLast(width)]) / Double(width)
  print("windows", windows.shape)
  print(smooth)
  print("equal:", smooth.allClose(same))
  print(
    "jitter before and after", try x.differences().map(.magnitude).mean(),
    try smooth.differences().map(.magnitude).mean())
}
