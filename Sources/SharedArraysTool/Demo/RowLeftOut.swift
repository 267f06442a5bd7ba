import SharedArrays

/// The principal components of a table without one of its rows, and the row's neighbours in them.
struct RowLeftOut {
  private let scores: SharedArray<Double>
  private let scatter, scatterOfRest: SharedArray<Double>
  /// The coordinates of all rows. Each row of this matrix is a component.
  private let coordinates: SharedArray<Double>
  /// The squared distances of all rows from the left-out row, in the components so far.
  private let distances: SharedArray<Double>
  private var componentCount = 0
  private var row = 0
  private(set) var times = PhaseTimes()

  init(of components: PrincipalComponents) throws {
    scores = components.scores
    let (rows, columns) = (scores.shape[0], scores.shape[1])
    // The scatter matrix of the table is diagonal in the table's own principal components.
    scatter = try SharedArray<Double>(shape: [columns, columns])
    for column in 0..<columns { scatter[column, column] = components.variances[column] * Double(rows - 1) }
    scatterOfRest = try SharedArray<Double>(shape: [columns, columns])
    coordinates = try SharedArray<Double>(shape: [columns, rows])
    distances = try SharedArray<Double>(shape: [rows])
  }

  /// Fits the components to all other rows, and projects every row onto them.
  mutating func leaveOut(row: Int) throws {
    var watch = Stopwatch()
    let rows = Double(scores.shape[0])
    try scatterOfRest.update(from: scatter)
    try BLAS.syrk(
      scores[row..<row + 1, .all], into: scatterOfRest, alpha: -rows / (rows - 1), beta: 1)
    times.covariance += watch.lap()
    let eigen = try eigh(scatterOfRest)
    times.eigenvectors += watch.lap()
    try matmul(eigen.vectors.transposed(), scores.transposed(), into: coordinates)
    times.projection += watch.lap()
    distances.fill(0)
    distances[row] = .infinity
    (self.row, componentCount) = (row, 0)
  }

  /// Finds the rows nearest to the left-out row in the first `count` components. `count` must not
  /// decrease between calls for the same row.
  mutating func findNeighbours(
    components count: Int, _ nearest: SharedArray<Int>, _ nearestDistances: SharedArray<Double>
  ) throws {
    var watch = Stopwatch()
    for component in componentCount..<count {
      // LAPACK returns the directions of the smallest variances first.
      let coordinates = coordinates[coordinates.shape[0] - 1 - component, .all]
      let differences = try coordinates - coordinates[row]
      try distances += differences * differences
    }
    componentCount = count
    let left = try distances.copy()
    for place in 0..<nearest.count {
      let best = left.argMin()
      (nearest[place], nearestDistances[place]) = (best, left[best])
      left[best] = .infinity
    }
    times.neighbours += watch.lap()
  }
}
