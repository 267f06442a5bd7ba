import SharedArrays

/// The price of an option by Monte Carlo simulation of batches of paths, until the standard error
/// is small enough.
@main
enum MonteCarlo {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    let wanted = arguments.first.flatMap { Double($0) } ?? 0.005
    guard wanted > 0, arguments.count <= 1 else {
      print("usage: monte-carlo [standard error]")
      return
    }

    let pool = try ProcessPool(workers: 4, collectsStatistics: true)
    // The sequence of batches is infinite. The workers are a few batches ahead of the reader.
    // Batches that they have not started at the end are dropped.
    let batches = pool.mapOrdered(Batch.self, 0..., chunkSize: 1, progress: .bar("batches"))
    let simulated = try price(batches.results, until: wanted)
    if let workers = pool.statistics?.workers {
      let (busy, idle) = workers.reduce((Duration.zero, Duration.zero)) { ($0.0 + $1.busy, $0.1 + $1.idle) }
      let share = Int(100 * (busy / (busy + idle)))
      print("\(simulated.batches) batches by 4 workers, which were busy for \(share)% of their time")
    }
    pool.shutdown()

    let alone = try price((0...).lazy.map { .success(Batch.call($0)) }, until: wanted)
    let isSame =
      simulated.moments.sum == alone.moments.sum && simulated.moments.count == alone.moments.count
    print("price \(simulated.moments.mean), standard error \(simulated.moments.standardError)")
    print(
      "one process has \(isSame ? "the same price to the last digit" : "the price \(alone.moments.mean)")"
    )

    let exact = CallOption.exactPrice
    let distance = abs(simulated.moments.mean - exact) / simulated.moments.standardError
    print("the exact price \(exact) is \(distance < 4 ? "within" : "NOT within") four standard errors")
  }

  /// Adds results in their order, so that rounding is always the same, until the standard error is
  /// small enough.
  static func price(
    _ results: some Sequence<Result<Moments, PoolError>>, until wanted: Double
  ) throws -> (moments: Moments, batches: Int) {
    var moments = Moments()
    var batches = 0
    for result in results {
      moments.add(try result.get())
      batches += 1
      if moments.standardError <= wanted { break }
    }
    return (moments, batches)
  }
}
