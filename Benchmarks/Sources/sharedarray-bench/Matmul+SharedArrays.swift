import SharedArrays

/// The contenders of this library in products by BLAS threads.
extension Matmul {
  static func sharedArrayMultiply(_ type: Double.Type, _ n: Int) throws -> [Contender] {
    let a: SharedArray<Double> = try matrix(n)
    let b: SharedArray<Double> = try matrix(n)
    let c = try SharedArray<Double>(shape: [n, n])
    return multiplyContenders(n, element: { c[$0 / n, $0 % n] }, multiply: { try matmul(a, b, into: c) })
  }

  static func sharedArrayMultiply(_ type: Float.Type, _ n: Int) throws -> [Contender] {
    let a: SharedArray<Float> = try matrix(n)
    let b: SharedArray<Float> = try matrix(n)
    let c = try SharedArray<Float>(shape: [n, n])
    return multiplyContenders(n, element: { c[$0 / n, $0 % n] }, multiply: { try matmul(a, b, into: c) })
  }

  /// Creates a contender for each number of BLAS threads.
  ///
  /// The library does not change the number of BLAS threads, so `gigaflops` sets it here too.
  private static func multiplyContenders<Element: BinaryFloatingPoint>(
    _ n: Int, element: @escaping (Int) -> Element, multiply: @escaping () throws -> Void
  ) -> [Contender] {
    threads.map { threads in
      Contender(
        "SharedArrays multiply \(label(threads: threads))", check: { try check(n, element) },
        run: { try gigaflops(n, threads: threads) { try secondsPerCall { try multiply() } } })
    }
  }

  static func matrix<Element: SharedArrayElement & BinaryFloatingPoint>(
    _ n: Int, of type: Element.Type = Element.self
  ) throws -> SharedArray<Element> {
    let matrix = try SharedArray<Element>(shape: [n, n])
    var elements = matrix.mutableSpan
    for index in elements.indices { elements[index] = input(index) }
    return matrix
  }
}
