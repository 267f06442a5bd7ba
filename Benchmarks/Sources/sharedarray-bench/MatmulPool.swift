import CBaselines
import SharedArrays

/// Products in the workers of a pool, beside OpenBLAS threads on allocated memory.
enum MatmulPool {
  static func run(_ runner: Runner) throws {
    let pool = try ProcessPool(workers: 2, pinsWorkers: true)
    for n in runner.quick ? [256, 512] : [256, 512, 1024, 2048, 4096] {
      try runner.measure(
        bench: "W5 dgemm in a pool n=\(n)", unit: .gigaflops, n: n, rounds: runner.rounds(n == 4096 ? 5 : 9),
        contenders: Matmul.limits(n) + [product(n, pool)])
    }
    try batch(runner, pool)
    pool.shutdown()
  }

  private static func product(_ n: Int, _ pool: ProcessPool) throws -> Contender {
    let a = try Matmul.matrix(n, of: Double.self)
    let b = try Matmul.matrix(n, of: Double.self)
    let c = try SharedArray<Double>(shape: [n, n])
    return Contender(
      "SharedArrays multiply on a pool of 2", check: { try Matmul.check(n) { c[$0 / n, $0 % n] } },
      run: {
        // An unmeasured product wakes the workers, as `limit_blas_begin` wakes the BLAS threads.
        try matmul(a, b, into: c, on: pool)
        return try Matmul.gigaflops(n, threads: 1) {
          try secondsPerCall { try matmul(a, b, into: c, on: pool) }
        }
      })
  }

  /// Measures one call for many small products.
  private static func batch(_ runner: Runner, _ pool: ProcessPool) throws {
    let (count, n) = (runner.quick ? 1000 : 10_000, 64)
    let peer = try NumPyPeer()
    let a = try SharedArray<Double>(shape: [count, n, n])
    let b = try SharedArray<Double>(shape: [count, n, n])
    let c = try SharedArray<Double>(shape: [count, n, n])
    for array in [a, b] {
      var elements = array.mutableSpan
      for index in elements.indices { elements[index] = Matmul.input(index % (n * n)) }
    }
    let (x, y) = (plain(count, n), plain(count, n))
    let z = Matrix<Double>(rows: count * n, columns: n) { _ in 0 }
    let operations = 2e-9 * Double(count * n * n * n)
    let setUp =
      "t = i = 0; m = np.broadcast_to((np.arange(\(n * n)) % 97 * 0.01).reshape(\(n), \(n)), (\(count), \(n), \(n))); "
      + "x = m.copy(); y = m.copy(); z = np.zeros_like(x)"
    try runner.measure(
      bench: "W5 \(count) products of 64 x 64", unit: .gigaflops, n: count, rounds: runner.rounds(7),
      contenders: [
        Contender("C OpenBLAS in a loop") {
          limit_blas_begin(1)
          defer { limit_blas_end() }
          return operations
            / secondsPerCall {
              for index in 0..<count {
                let start = index * n * n
                _ = limit_dgemm(CInt(n), x.address + start, y.address + start, z.address + start)
              }
            }
        },
        Contender("NumPy matmul") {
          try operations / peer.seconds("np.matmul(x, y, out=z)", setUp: setUp, repetitions: 1)
        },
        Contender(
          "SharedArrays multiply on a pool of 2",
          check: { try Matmul.check(n) { c[count - 1, $0 / n, $0 % n] } },
          run: { try operations / secondsPerCall { try matmul(a, b, into: c, on: pool) } }),
      ])
  }

  private static func plain(_ count: Int, _ n: Int) -> Matrix<Double> {
    Matrix(rows: count * n, columns: n) { Matmul.input($0 % (n * n)) }
  }
}
