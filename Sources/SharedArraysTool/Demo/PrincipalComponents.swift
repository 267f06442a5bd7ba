import SharedArrays

/// The directions in which the rows of a table vary most, computed by forked workers.
///
/// The rows are divided into chunks whose size does not depend on the number of workers. The parent
/// adds the results of the chunks in order, so any number of workers gives bit-identical results.
struct PrincipalComponents {
  /// The variances along all components, largest first.
  let variances: [Double]
  /// The coordinates of the rows along the first components.
  let scores: SharedArray<Double>
  private(set) var times = PhaseTimes()

  init(of table: SharedArray<Double>, keeping kept: Int, workers: Int) throws {
    let (rows, columns) = (table.shape[0], table.shape[1])
    // At most 64 chunks, because each one has a covariance matrix of its own.
    let partition = Partition.chunks(of: max(256, rows / 64 + 1))
    let chunks = partition.pieceCount(of: rows, workers: workers)
    var watch = Stopwatch()

    let sums = try SharedArray<Double>(shape: [chunks, columns])
    try table.parallelForEach(workers: workers, partition: partition) { slab, chunk in
      try sums[chunk.index, .all].update(from: slab.sum(axis: 0))
    }
    let mean = try sums.sum(axis: 0) / Double(rows)
    let centred = try SharedArray<Double>(shape: table.shape)
    let products = try SharedArray<Double>(shape: [chunks, columns, columns])
    try table.parallelForEach(workers: workers, partition: partition) { slab, chunk in
      let own = centred.slice(chunk.range)
      try own.update(from: slab - mean)
      try BLAS.syrk(own, into: products[chunk.index, .all, .all])
    }
    let covariance = try products.sum(axis: 0) / Double(rows - 1)
    times.covariance = watch.lap()

    // LAPACK returns the smallest variance first.
    let eigen = try eigh(covariance)
    let directions = eigen.vectors[.all, .stride(by: -1)][.all, 0..<kept]
    variances = eigen.values[.stride(by: -1)].toArray()
    times.eigenvectors = watch.lap()

    let scores = try SharedArray<Double>(shape: [rows, kept])
    try parallelForEach(centred, scores, workers: workers, partition: partition) { slab, result in
      try matmul(slab, directions, into: result)
    }
    self.scores = scores
    times.projection = watch.lap()
  }
}
