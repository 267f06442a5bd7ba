import SharedArrays

/// The contenders of this library in daxpy and sum.
extension Bandwidth {
  static func sharedArrayDaxpy(_ n: Int) throws -> [Contender] {
    let x = try filled(n, Bandwidth.x(at:))
    return [
      try daxpy("SharedArrays parallelForEach, 2 forked workers", x) { x, y in
        try parallelForEach(x, y, workers: 2) { xs, ys in
          addScaled(xs, ys)
        }
      },
      try teamDaxpy("SharedArrays team, 2 kept workers", x, includesCaller: false),
      try teamDaxpy("SharedArrays team, 2 kept workers, pinned", x, includesCaller: false, pins: true),
      try teamDaxpy("SharedArrays team, caller + 1 kept worker", x, includesCaller: true),
      try daxpy("SharedArrays axpy", x) { x, y in try BLAS.axpy(scale, x, into: y) },
    ]
  }

  static func sharedArraySum(_ n: Int) throws -> [Contender] {
    let x = try filled(n, Bandwidth.x(at:))
    return [
      sum("SharedArrays parallelReduce, 2 forked workers", x) { x in
        try x.parallelReduce(0.0, workers: 2, { $0.sum() }, combine: +)
      },
      try teamSum("SharedArrays team, 2 kept workers", x, includesCaller: false),
      try teamSum("SharedArrays team, caller + 1 kept worker", x, includesCaller: true),
      sum("SharedArrays sum()", x) { x in x.sum() },
    ]
  }

  private static func addScaled(_ x: SharedArray<Double>, _ y: SharedArray<Double>) {
    let source = x.span
    var target = y.mutableSpan
    for index in source.indices { target[index] += scale * source[index] }
  }

  private static func teamDaxpy(
    _ name: String, _ x: SharedArray<Double>, includesCaller: Bool, pins: Bool = false
  ) throws -> Contender {
    let y = try filled(x.count) { _ in 1 }
    let team = try WorkerTeam(workers: 2, includesCaller: includesCaller, pinsWorkers: pins) { worker in
      addScaled(worker.slab(of: x), worker.slab(of: y))
    }
    return daxpy(name, x, y) { _, _ in try team.run() }
  }

  private static func teamSum(
    _ name: String, _ x: SharedArray<Double>, includesCaller: Bool
  ) throws -> Contender {
    let result = try SharedArray<Double>(shape: [1])
    let team = try WorkerTeam(workers: 2, includesCaller: includesCaller) { worker in
      let total = try worker.reduce(worker.slab(of: x).sum(), +)
      if worker.index == 0 { result[0] = total }
    }
    return sum(name, x) { _ in
      try team.run()
      return result[0]
    }
  }

  /// Creates a contender with its own y, whose elements depend on the number of calls.
  private static func daxpy(
    _ name: String, _ x: SharedArray<Double>,
    _ operation: @escaping (SharedArray<Double>, SharedArray<Double>) throws -> Void
  ) throws -> Contender {
    daxpy(name, x, try filled(x.count) { _ in 1 }, operation)
  }

  private static func daxpy(
    _ name: String, _ x: SharedArray<Double>, _ y: SharedArray<Double>,
    _ operation: @escaping (SharedArray<Double>, SharedArray<Double>) throws -> Void
  ) -> Contender {
    let n = x.count
    var calls = 0
    return Contender(
      name, check: { try checkDaxpy(n, calls: calls) { y[$0] } },
      run: {
        try operation(x, y)  // an unmeasured call, as in the C baselines
        let seconds = try secondsPerCall(repetitions(n)) { try operation(x, y) }
        calls += repetitions(n) + 1
        return gigabytesPerSecond(n, bytes: 24, seconds: seconds)
      })
  }

  private static func sum(
    _ name: String, _ x: SharedArray<Double>, _ operation: @escaping (SharedArray<Double>) throws -> Double
  ) -> Contender {
    let n = x.count
    var total = 0.0
    return Contender(
      name, check: { try checkSum(n, total) },
      run: {
        let seconds = try secondsPerCall(repetitions(n)) { total = try operation(x) }
        return gigabytesPerSecond(n, bytes: 8, seconds: seconds)
      })
  }

  private static func filled(_ n: Int, _ element: (Int) -> Double) throws -> SharedArray<Double> {
    let array = try SharedArray<Double>(shape: [n])
    var elements = array.mutableSpan
    for index in elements.indices { elements[index] = element(index) }
    return array
  }
}
