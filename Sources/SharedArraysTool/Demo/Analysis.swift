import SharedArrays

/// The principal components and nearest neighbours of a table, computed by a number of workers.
struct Analysis {
  let components: PrincipalComponents
  let neighbours: LeaveOneOut
  let workers: Int
  /// The time from the start to the last result.
  let time: Duration

  init(of table: SharedArray<Double>, workers: Int) throws {
    self.workers = workers
    var watch = Stopwatch()
    components = try PrincipalComponents(of: table, keeping: min(64, table.shape[1]), workers: workers)
    neighbours = try LeaveOneOut(in: components, workers: workers)
    time = watch.lap()
  }

  /// The times of the phases. The rest of `time` is spent in forks and waits.
  var times: PhaseTimes {
    var times = components.times
    times += neighbours.times
    return times
  }

  /// Returns whether all results are bit-identical.
  func hasSameBits(as other: Analysis) -> Bool {
    components.variances.elementsEqual(other.components.variances) { $0.bitPattern == $1.bitPattern }
      && sameBits(components.scores, other.components.scores)
      && neighbours.neighbours.elementsEqual(other.neighbours.neighbours)
      && sameBits(neighbours.distances, other.neighbours.distances)
  }
}

private func sameBits(_ a: SharedArray<Double>, _ b: SharedArray<Double>) -> Bool {
  a.elements.elementsEqual(b.elements) { $0.bitPattern == $1.bitPattern }
}
