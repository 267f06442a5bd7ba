import CBaselines

/// Products C = A B of square row-major matrices by OpenBLAS.
enum Matmul {
  /// The measured numbers of BLAS threads.
  static let threads: [CInt] = [1, 2]

  static func run(_ runner: Runner) throws {
    for n in runner.quick ? [256, 512] : [512, 1024, 2048, 4096] {
      try runner.measure(
        bench: "W5 dgemm n=\(n)", unit: .gigaflops, n: n, rounds: runner.rounds(n == 4096 ? 5 : 7),
        contenders: Matrices<Double>(n).contenders(limit_dgemm) + sharedArrayMultiply(Double.self, n))
    }
    let n = runner.quick ? 512 : 2048
    try runner.measure(
      bench: "W5 sgemm n=\(n)", unit: .gigaflops, n: n, rounds: runner.rounds(7),
      contenders: Matrices<Float>(n).contenders(limit_sgemm) + sharedArrayMultiply(Float.self, n))
  }

  /// Returns the contenders that call OpenBLAS on allocated memory.
  static func limits(_ n: Int) -> [Contender] { Matrices<Double>(n).contenders(limit_dgemm) }

  /// Returns "1 thread" or "2 threads".
  static func label(threads: CInt) -> String { "\(threads) thread\(threads == 1 ? "" : "s")" }

  /// Returns the GFLOP/s of `matmul` with `threads` BLAS threads.
  ///
  /// - Parameter multiply: A function that computes one product and returns its seconds.
  static func gigaflops(_ n: Int, threads: CInt, _ multiply: () throws -> Double) rethrows -> Double {
    let repetitions = n <= 512 ? 20 : n <= 1024 ? 4 : 1
    var seconds = 0.0
    limit_blas_begin(threads)
    defer { limit_blas_end() }
    for _ in 0..<repetitions { seconds += try multiply() }
    return 2 * Double(n) * Double(n) * Double(n) * Double(repetitions) / seconds * 1e-9
  }

  /// Returns the element of A and of B at a row-major index.
  static func input<Element: BinaryFloatingPoint>(_ index: Int) -> Element { Element(index % 97) * 0.01 }

  /// Throws unless the first and the last element of an `n` x `n` product are correct.
  static func check<Element: BinaryFloatingPoint>(_ n: Int, _ product: (Int) -> Element) throws {
    for (row, column) in [(0, 0), (n - 1, n - 1)] {
      var expected = 0.0
      for k in 0..<n {
        let (a, b): (Element, Element) = (input(row * n + k), input(k * n + column))
        expected += Double(a) * Double(b)
      }
      let tolerance = Double(n) * Double(Element.ulpOfOne) * expected
      try expect(Double(product(row * n + column)), expected, tolerance: tolerance, "c[\(row), \(column)]")
    }
  }
}

/// The matrices A, B and C of the C baselines, in allocated memory.
private struct Matrices<Element: BinaryFloatingPoint & BitwiseCopyable & Sendable> {
  typealias Multiply = (
    CInt, UnsafePointer<Element>, UnsafePointer<Element>, UnsafeMutablePointer<Element>
  ) -> Double

  let n: Int
  let a, b, c: Matrix<Element>

  init(_ n: Int) {
    self.n = n
    a = Matrix(rows: n, columns: n, fill: Matmul.input)
    b = Matrix(rows: n, columns: n, fill: Matmul.input)
    c = Matrix(rows: n, columns: n) { _ in 0 }
  }

  func contenders(_ multiply: @escaping Multiply) -> [Contender] {
    // The first two words of "OpenBLAS 0.3.21 DYNAMIC_ARCH …".
    let library = String(cString: limit_blas_config()).split(separator: " ").prefix(2).joined(separator: " ")
    return Matmul.threads.map { threads in
      Contender(
        "C \(library) \(Matmul.label(threads: threads))", check: { try Matmul.check(n) { c.elements[$0] } },
        run: { Matmul.gigaflops(n, threads: threads) { multiply(CInt(n), a.address, b.address, c.address) } })
    }
  }
}
