// A histogram by hand: bins, counts, and the sum of each bin.
import Foundation
import SharedArrays

func histogram() throws {
  let i = try SharedArray<Int>.arange(500)
  let x =
    try (i * 211 % 503).converted(to: Double.self) / 503 * ((i * 89 % 499).converted(to: Double.self) / 499)
  let bins = 8
  let (low, high) = (x.min(), x.max())
  let edges = try SharedArray.linspace(from: low, through: high, count: bins + 1)

  let binOf = try ((x - low) / (high - low) * Double(bins)).converted(to: Int.self, .truncating)
  binOf.update(.minimum, bins - 1)
  let counts = try SharedArray<Int>(shape: [bins])
  counts.add(1, at: binOf)
  let sums = try SharedArray<Double>(shape: [bins])
  try sums.add(x, at: binOf)
  let heights = try counts.converted(to: Double.self)
  print("edges", edges)
  print("counts", counts)
  print("means", try sums / heights)
  print("density", try heights / (edges.differences() * heights.sum()))
  for (low, count) in zip(edges.elements, counts.elements) {
    print(String(format: "%5.2f", low), String(repeating: "#", count: count / 4))
  }
}
