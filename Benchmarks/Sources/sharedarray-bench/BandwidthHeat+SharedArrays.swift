import SharedArrays

/// The contenders of this library in the heat equation.
extension BandwidthHeat {
  static func sharedArrayHeat(_ plate: HeatedPlate) throws -> [Contender] {
    try [false, true].flatMap { includesCaller in
      let who = includesCaller ? "caller + 1 kept worker" : "2 kept workers"
      return [
        try barriers("SharedArrays team, \(who), a barrier for each step", includesCaller, plate),
        try barriers(
          "SharedArrays team, \(who), pinned, a barrier for each step", includesCaller, pins: true, plate),
        try runs("SharedArrays team, \(who), a run for each step", includesCaller, plate),
      ]
    }
  }

  private static func barriers(
    _ name: String, _ includesCaller: Bool, pins: Bool = false, _ plate: HeatedPlate
  ) throws -> Contender {
    let (x, y, steps) = (plate.x, plate.y, plate.steps)
    let team = try WorkerTeam(workers: 2, includesCaller: includesCaller, pinsWorkers: pins) { worker in
      let rows = worker.partition(of: n)
      for step in 0..<steps {
        if step % 2 == 0 { advance(x, y, rows, rate) } else { advance(y, x, rows, rate) }
        try worker.barrier()
      }
    }
    return plate.contender(name) { try secondsPerCall { try team.run() } }
  }

  private static func runs(
    _ name: String, _ includesCaller: Bool, _ plate: HeatedPlate
  ) throws -> Contender {
    let (x, y, steps) = (plate.x, plate.y, plate.steps)
    let team = try WorkerTeam(workers: 2, includesCaller: includesCaller) { (worker, step: Int) in
      let rows = worker.partition(of: n)
      if step % 2 == 0 { advance(x, y, rows, rate) } else { advance(y, x, rows, rate) }
    }
    return plate.contender(name) {
      try secondsPerCall { for step in 0..<steps { try team.run(step) } }
    }
  }

  /// Computes a step of some rows.
  @inline(never)
  private static func advance(
    _ from: SharedArray<Double>, _ to: SharedArray<Double>, _ rows: Range<Int>, _ rate: Double
  ) {
    let columns = from.shape[1]
    for i in rows.clamped(to: 1..<from.shape[0] - 1) {
      let up = from.span(row: i - 1)
      let here = from.span(row: i)
      let down = from.span(row: i + 1)
      var next = to.mutableSpan(row: i)
      // Checked once per row, so that the compiler can remove the checks of each element.
      precondition(
        up.count == columns && here.count == columns && down.count == columns && next.count == columns)
      for j in 1..<columns - 1 {
        next[j] = here[j] + rate * ((up[j] + down[j]) + (here[j - 1] + here[j + 1]) - 4 * here[j])
      }
    }
  }
}
