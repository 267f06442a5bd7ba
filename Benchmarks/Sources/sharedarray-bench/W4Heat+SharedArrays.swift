import SharedArrays

/// Our contenders in the spread of heat.
extension W4Heat {
  static func sharedArrayHeat(
    steps: Int, like reference: @escaping () -> UnsafeBufferPointer<Double>
  ) throws -> [Contender] {
    try [false, true].flatMap { callerTakesPart in
      let who = callerTakesPart ? "caller + 1 kept worker" : "2 kept workers"
      return [
        try barriers("SharedArrays team, \(who), a barrier for each step", callerTakesPart, steps, reference),
        try barriers(
          "SharedArrays team, \(who), pinned, a barrier for each step", callerTakesPart, pins: true, steps,
          reference),
        try runs("SharedArrays team, \(who), a run for each step", callerTakesPart, steps, reference),
      ]
    }
  }

  private static func barriers(
    _ name: String, _ callerTakesPart: Bool, pins: Bool = false, _ steps: Int,
    _ reference: @escaping () -> UnsafeBufferPointer<Double>
  ) throws -> Contender {
    let (x, y) = (try plate(), try plate())
    let team = try WorkerTeam(workers: 2, callerTakesPart: callerTakesPart, pinsWorkers: pins) { worker in
      let rows = worker.partition(of: n)
      for step in 0..<steps {
        if step % 2 == 0 { advance(x, y, rows, rate) } else { advance(y, x, rows, rate) }
        try worker.barrier()
      }
    }
    return contender(name, x, steps, reference) { try team.run() }
  }

  private static func runs(
    _ name: String, _ callerTakesPart: Bool, _ steps: Int,
    _ reference: @escaping () -> UnsafeBufferPointer<Double>
  ) throws -> Contender {
    let (x, y) = (try plate(), try plate())
    let team = try WorkerTeam(workers: 2, callerTakesPart: callerTakesPart) { (worker, step: Int) in
      let rows = worker.partition(of: n)
      if step % 2 == 0 { advance(x, y, rows, rate) } else { advance(y, x, rows, rate) }
    }
    return contender(name, x, steps, reference) {
      for step in 0..<steps { try team.run(step) }
    }
  }

  private static func contender(
    _ name: String, _ x: SharedArray<Double>, _ steps: Int,
    _ reference: @escaping () -> UnsafeBufferPointer<Double>, _ advance: @escaping () throws -> Void
  ) -> Contender {
    Contender(
      name,
      check: {
        try x.toArray().withUnsafeBufferPointer { try check($0, like: reference()) }
      },
      run: { microseconds(try secondsPerCall { try advance() }, steps) })
  }

  /// A step for some of the rows.
  @inline(never)
  private static func advance(
    _ from: SharedArray<Double>, _ to: SharedArray<Double>, _ rows: Range<Int>, _ rate: Double
  ) {
    for i in rows.clamped(to: 1..<n - 1) {
      let up = from.span(row: i - 1)
      let here = from.span(row: i)
      let down = from.span(row: i + 1)
      var next = to.mutableSpan(row: i)
      for j in 1..<n - 1 {
        next[j] = here[j] + rate * ((up[j] + down[j]) + (here[j - 1] + here[j + 1]) - 4 * here[j])
      }
    }
  }

  private static func plate() throws -> SharedArray<Double> {
    let array = try SharedArray<Double>(shape: [n, n])
    var elements = array.mutableSpan
    for index in elements.indices { elements[index] = W4.x(at: index) }
    return array
  }
}
