import Multiprocessing
import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysParallelLinearAlgebra
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct MatmulManyTests {
  /// Counts that are handed out one by one, in ranges, and in tiles.
  private static let counts = [1, 2, 3, 5, 8, 100, 333]

  @Test(arguments: Kind.allCases)
  func `each of many products equals a single product`(kind: Kind) async {
    await #expect(processExitsWith: .success) { [kind] in
      withOwnPool { pool in
        try kind.run { try Self.checkStacks($0, pool) }
      }
    }
  }

  private static func checkStacks<Element: TestNumber>(_: Element.Type, _ pool: ProcessPool) throws {
    for count in Self.counts {
      let (rows, inner, columns) = (33, 17, 41)
      let a: SharedArray<Element> = try integers([count, rows, inner], seed: count)
      let b: SharedArray<Element> = try integers([count, inner, columns], seed: count + 1)
      let c: SharedArray<Element> = try integers([count, rows, columns], seed: count + 2)
      let expected = (0..<count).flatMap { product(a[$0], b[$0], alpha: 2, beta: 1, c[$0]) }
      try matmul(a, b, into: c, on: pool, alpha: 2, beta: 1)
      #expect(c.toArray() == expected, "\(count) products")
      try matmul(a, b[0], into: c, on: pool)
      #expect(c.toArray() == (0..<count).flatMap { product(a[$0], b[0], c[$0]) }, "one b for \(count)")
      let one = try matmul(a[0], b, on: pool)
      #expect(one.toArray() == (0..<count).flatMap { product(a[0], b[$0], c[$0]) }, "one a for \(count)")
    }
  }

  @Test func `few large products are cut into tiles`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([3, 150, 80], seed: 1)
        let b: SharedArray<Double> = try integers([3, 170, 80], seed: 2)
        let turned = b.transposed([0, 2, 1])
        let c = try matmul(a, turned, on: pool)
        for index in 0..<3 { #expect(try c[index].elementsEqual(matmul(a[index], turned[index]))) }
      }
    }
  }

  @Test func `stacks that run backwards or have gaps are multiplied`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([100, 30, 30], seed: 1)
        let b: SharedArray<Double> = try integers([200, 30, 60], seed: 2)
        let c = try SharedArray<Double>(shape: [300, 30, 30])
        let (left, right) = (a[.stride(by: -1)], b[.stride(by: 2), .all, .stride(by: 2)])
        try matmul(left, right, into: c[.stride(by: 3)], on: pool)
        for index in 0..<100 {
          #expect(c[3 * index].toArray() == product(left[index], right[index], c[0]))
          #expect(c[3 * index + 1].toArray().allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test(.needsNumPy, arguments: Kind.allCases)
  func `products equal NumPy's matmul`(kind: Kind) async {
    await #expect(processExitsWith: .success) { [kind] in
      withOwnPool { pool in
        try kind.run { try Self.checkNumPy($0, kind, pool) }
      }
    }
  }

  private static func checkNumPy<Element: TestNumber>(_: Element.Type, _ kind: Kind, _ pool: ProcessPool)
    throws
  {
    try withTemporaryDirectory { directory in
      for (name, shape) in [("a", [70, 64, 65]), ("b", [70, 65, 63])] as [(String, Shape)] {
        let array: SharedArray<Element> = try integers(shape, seed: shape[2])
        try array.save("\(directory)/\(name).npy")
      }
      let program = """
        import sys, numpy
        d = sys.argv[1]
        a, b = numpy.load(d + "/a.npy"), numpy.load(d + "/b.npy")
        a, b = (a / a.dtype.type(3)), (b / b.dtype.type(7))
        numpy.save(d + "/a.npy", a); numpy.save(d + "/b.npy", b)
        numpy.save(d + "/many.npy", a @ b); numpy.save(d + "/one.npy", a[0] @ b.transpose(1, 0, 2).reshape(65, -1))
        """
      _ = try python(program, directory)
      let a = try SharedArray<Element>.load(npy: directory + "/a.npy")
      let b = try SharedArray<Element>.load(npy: directory + "/b.npy")
      let wide = try b.transposed([1, 0, 2]).copy().reshaped([65, 70 * 63])
      // 3 * 65 terms of at most 1 * 3 / 7, whatever the order of summation.
      let unit = kind == .float32 || kind == .complex64 ? Double(Float.ulpOfOne) : Double.ulpOfOne
      let limit = 4 * 65 * unit * 65
      for (result, name) in [
        (try matmul(a, b, on: pool), "many"), (try matmul(a[0], wide, on: pool), "one"),
      ] {
        let expected = try SharedArray<Element>.load(npy: "\(directory)/\(name).npy")
        #expect(result.shape == expected.shape)
        let errors = zip(result.toArray(), expected.toArray()).flatMap { x, y in
          zip(x.parts, y.parts).map { abs($0 - $1) }
        }
        #expect(errors.allSatisfy { $0 <= limit }, "\(name): \(errors.max() ?? 0)")
      }
    }
  }
}
