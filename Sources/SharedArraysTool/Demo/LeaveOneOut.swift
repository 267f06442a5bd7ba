import SharedArrays

/// The nearest neighbours of rows, each in principal components that are fitted without the row:
/// the search behind scikit-learn's `cross_val_score(make_pipeline(PCA(m),
/// KNeighborsClassifier(k)), …, cv=LeaveOneOut())`.
///
/// The results of a row do not depend on the worker, so any number of workers gives bit-identical
/// results.
struct LeaveOneOut {
  /// The distance between successive tested rows: 1, or more for a table too large to test every
  /// row.
  let step: Int
  /// The numbers of components in which neighbours are searched: 1, 2, 4, and so on, and all.
  let componentCounts: [Int]
  /// The rows nearest to each tested row, by number of components, nearest first.
  let neighbours: SharedArray<Int>
  /// The squared distances of `neighbours`.
  let distances: SharedArray<Double>
  /// The mean of the workers' times.
  let times: PhaseTimes

  /// The number of tested rows.
  var testedCount: Int { neighbours.shape[0] }

  init(in components: PrincipalComponents, workers: Int) throws {
    let (rows, columns) = (components.scores.shape[0], components.scores.shape[1])
    step = Self.step(rows: rows, columns: columns)
    componentCounts = sequence(first: 1) { 2 * $0 }.prefix { $0 < columns } + [columns]
    let tested = components.scores[.stride(by: step)]
    let shape: Shape = [tested.shape[0], componentCounts.count, min(5, rows - 1)]
    neighbours = try SharedArray<Int>(shape: shape)
    distances = try SharedArray<Double>(shape: shape)

    let (step, componentCounts, neighbours, distances) = (step, componentCounts, neighbours, distances)
    let partition = Partition.chunks(of: 16)
    let busyTimes = try tested.parallelMap(workers: workers, partition: partition) { _, chunk in
      var rest = try RowLeftOut(of: components)
      for index in chunk.range {
        try rest.leaveOut(row: index * step)
        for (place, count) in componentCounts.enumerated() {
          try rest.findNeighbours(
            components: count, neighbours[index, place, .all], distances[index, place, .all])
        }
      }
      return rest.times
    }
    times = PhaseTimes.mean(of: busyTimes, workers: min(workers, busyTimes.count))
  }

  /// Returns 1 if all rows can be tested in a few seconds, otherwise the distance between tested
  /// rows.
  private static func step(rows: Int, columns: Int) -> Int {
    let (n, k) = (Double(rows), Double(columns))
    let operationsPerRow = n * (2 * k * k + 400) + 30 * k * k * k
    return max(1, Int((n * operationsPerRow / 6e10).rounded(.up)))
  }
}
