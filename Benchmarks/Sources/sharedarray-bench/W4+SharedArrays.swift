import SharedArrays

/// Our contenders in W4.
extension W4 {
  static func sharedArrayDaxpy(_ n: Int) throws -> [Contender] {
    let x = try filled(n, W4.x(at:))
    return [
      try daxpy("SharedArrays parallelForEach, 2 forked workers", x) { x, y in
        try parallelForEach(x, y, workers: 2) { xs, ys in
          let source = xs.span
          var target = ys.mutableSpan
          for index in source.indices { target[index] += scale * source[index] }
        }
      },
      try daxpy("SharedArrays axpy", x) { x, y in try axpy(scale, x, into: y) },
    ]
  }

  static func sharedArraySum(_ n: Int) throws -> [Contender] {
    let x = try filled(n, W4.x(at:))
    return [
      sum("SharedArrays parallelReduce, 2 forked workers", x) { x in
        try x.parallelReduce(0.0, workers: 2, { $0.sum() }, combine: +)
      },
      sum("SharedArrays sum()", x) { x in x.sum() },
    ]
  }

  /// Each contender has a y of its own, which counts its calls.
  private static func daxpy(
    _ name: String, _ x: SharedArray<Double>,
    _ operation: @escaping (SharedArray<Double>, SharedArray<Double>) throws -> Void
  ) throws -> Contender {
    let n = x.count
    let y = try filled(n) { _ in 1 }
    var calls = 0
    return Contender(
      name, check: { try checkDaxpy(n, calls: calls) { y[$0] } },
      run: {
        let seconds = try secondsPerCall(repetitions(n)) { try operation(x, y) }
        calls += repetitions(n)
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
