import SharedArrays

/// The directions in which the rows of a matrix vary most, computed by forked workers.
///
/// The rows are cut into chunks whose size does not depend on the number of workers, and the parent adds what
/// the chunks give in their order, so any number of workers gives the same bits.
struct PrincipalComponents {
  let mean: SharedArray<Double>
  /// Variances along the components, largest first.
  let variances: [Double]
  /// A component for each column, in the order of `variances`.
  let components: SharedArray<Double>
  /// The rows in the coordinates of the first components.
  let scores: SharedArray<Double>

  private static let rowsPerChunk = 256

  init(of data: SharedArray<Double>, keeping kept: Int, workers: Int) throws {
    let (rows, columns) = (data.shape[0], data.shape[1])
    let partition = Partition.chunks(of: Self.rowsPerChunk)
    let chunks = partition.pieceCount(of: rows, workers: workers)

    mean = try Self.columnMeans(of: data, partition, chunks, workers)
    let centered = try SharedArray<Double>(shape: [rows, columns])
    let partialCovariances = try SharedArray<Double>(shape: [chunks, columns, columns])
    let mean = mean
    try data.parallelForEach(workers: workers, partition: partition) { slab, chunk in
      let own = centered.slice(chunk.range)
      for row in 0..<slab.shape[0] {
        for column in 0..<columns { own[row, column] = slab[row, column] - mean[column] }
      }
      try symmetricRankUpdate(own, into: partialCovariances[chunk.index, .all, .all])
    }
    let covariance = try SharedArray<Double>(shape: [columns, columns])
    for chunk in 0..<chunks {
      try axpy(1 / Double(rows - 1), partialCovariances[chunk, .all, .all], into: covariance)
    }

    let eigen = try symmetricEigen(covariance)
    // LAPACK gives the smallest first.
    components = eigen.vectors[.all, .every(-1)]
    variances = eigen.values[.every(-1)].toArray()
    let scores = try SharedArray<Double>(shape: [rows, kept])
    let first = components[.all, 0..<kept]
    try parallelForEach(centered, scores, workers: workers, partition: partition) { slab, result in
      try multiply(slab, first, into: result)
    }
    self.scores = scores
  }

  /// Each chunk's column sums are a product with a vector of ones.
  private static func columnMeans(
    of data: SharedArray<Double>, _ partition: Partition, _ chunks: Int, _ workers: Int
  ) throws -> SharedArray<Double> {
    let (rows, columns) = (data.shape[0], data.shape[1])
    let ones = try SharedArray<Double>(shape: [min(rows, rowsPerChunk)])
    ones.fill(1)
    let sums = try SharedArray<Double>(shape: [chunks, columns])
    try data.parallelForEach(workers: workers, partition: partition) { slab, chunk in
      try multiply(slab.transposed(), ones[0..<slab.shape[0]], into: sums[chunk.index, .all])
    }
    let mean = try SharedArray<Double>(shape: [columns])
    for chunk in 0..<chunks { try axpy(1 / Double(rows), sums[chunk, .all], into: mean) }
    return mean
  }
}
