// Cumulative returns, drawdown and volatility of a random walk.
import SharedArrays

func drawdown() throws {
  let i = try SharedArray<Int>.arange(from: 1, to: 253)
  let returns = try (i * i * 31 % 127 - 62).converted(to: Double.self) / 2500

  let wealth = try (1 + returns).cumulativeProduct()
  let peak = try wealth.cumulativeMax()
  let drawdown = try wealth / peak - 1
  let logarithms = try wealth.map(.log).differences()
  let volatility = logarithms.standardDeviation(ddof: 1) * 252.0.squareRoot()
  let byMonth = wealth.reshaped([12, 21])[.all, .last]
  print("wealth after each month", byMonth)
  print("worst drawdown", drawdown.min(), "on day", drawdown.argMin())
  print("days at the peak", try (drawdown .== 0).sum())
  print("volatility", volatility)
  print("worst days", try returns.sorted()[0..<5], "best day", returns.argMax())
  print("value at risk", try returns.percentile(5), try returns.median())
}
