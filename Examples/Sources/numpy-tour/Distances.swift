// Distances between points by broadcasting, and nearest neighbours.
import SharedArrays

func distances() throws {
  let i = try SharedArray<Int>.arange(10)
  let points = try stack([i * 37 % 101, i * 53 % 97, i * i % 23], axis: 1).converted(to: Double.self) / 10

  let difference = try points[.all, .newAxis] - points
  let distances = try (difference * difference).sum(axis: 2).map(.squareRoot)
  distances.diagonal().fill(.infinity)
  let neighbours = try distances.argSort(axis: 1)[.all, 0..<3]
  print("differences", difference.shape)
  print("nearest", try distances.argMin(axis: 1))
  print(neighbours)
  print(distances[0, .all])
  let (row, column) = distances.argMin().quotientAndRemainder(dividingBy: 10)
  print("closest pair", row, column, distances.min())
}
