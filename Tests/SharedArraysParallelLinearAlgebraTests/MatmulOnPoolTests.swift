import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysMemory
import SharedArraysParallelLinearAlgebra
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct MatmulOnPoolTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  private static let extents = [
    [1, 1, 1], [1, 70, 65], [65, 70, 1], [64, 64, 64], [129, 1, 257], [127, 131, 61], [3, 500, 400],
    [400, 500, 3], [200, 170, 190],
  ]

  @Test(arguments: Kind.allCases, [1, 2, 3])
  func `products of all sizes are exact, whatever the number of workers`(kind: Kind, workers: Int) async {
    await #expect(processExitsWith: .success) { [kind, workers] in
      withOwnPool(workers: workers) { pool in
        try kind.run { try Self.checkExtents($0, pool) }
      }
    }
  }

  private static func checkExtents<Element: TestNumber>(_: Element.Type, _ pool: ProcessPool) throws {
    for (seed, extent) in Self.extents.enumerated() {
      let (rows, inner, columns) = (extent[0], extent[1], extent[2])
      let a: SharedArray<Element> = try integers([rows, inner], seed: seed)
      let b: SharedArray<Element> = try integers([inner, columns], seed: seed + 50)
      let c: SharedArray<Element> = try integers([rows, columns], seed: seed + 100)
      let plain = product(a, b, c)
      let (alpha, beta) = (Element(real: 2, imaginary: 1), Element(real: -1, imaginary: 2))
      let scaled = product(a, b, alpha: alpha, beta: beta, c)
      try matmul(a, b, into: c, on: pool, alpha: alpha, beta: beta)
      #expect(c.toArray() == scaled, "\(extent)")
      try matmul(a, b, into: c, on: pool)
      #expect(c.toArray() == plain, "\(extent)")
      #expect(try matmul(a, b, on: pool).toArray() == plain, "\(extent)")
    }
  }

  @Test(arguments: methods)
  func `workers of every start method compute the same as the caller`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      withOwnPool(method) { pool in
        let a: SharedArray<Double> = try integers([150, 90], seed: 1)
        let b: SharedArray<Double> = try integers([90, 210], seed: 2)
        let threads = BLASThreads.count
        #expect(try matmul(a, b, on: pool).elementsEqual(matmul(a, b)))
        #expect(BLASThreads.count == threads)
      }
    }
  }

  @Test func `a pool of no workers computes in this process`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool(workers: 0) { pool in
        let a: SharedArray<Float> = try integers([150, 90], seed: 1)
        let b: SharedArray<Float> = try integers([90, 210], seed: 2)
        #expect(try matmul(a, b, on: pool).elementsEqual(matmul(a, b)))
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func `views of every layout are multiplied, and their gaps are untouched`(kind: Kind) async {
    await #expect(processExitsWith: .success) { [kind] in
      withOwnPool { pool in
        try kind.run { try Self.checkLayouts($0, pool) }
      }
    }
  }

  private static func checkLayouts<Element: TestNumber>(_: Element.Type, _ pool: ProcessPool) throws {
    let (rows, inner, columns) = (90, 80, 100)
    func views(_ down: Int, _ right: Int, _ seed: Int) throws -> [SharedArray<Element>] {
      let padded: SharedArray<Element> = try integers([2 * down + 1, 2 * right + 3], seed: seed)
      let turned: SharedArray<Element> = try integers([2 * right + 3, 2 * down], seed: seed)
      return [
        padded[1...down, 2..<right + 2], turned[0..<right, 1...down].transposed(),
        padded[.stride(by: 2), .stride(by: 2)][0..<down, 0..<right],
        turned[.stride(by: -1), .stride(by: -1)][0..<right, 0..<down].transposed(),
      ]
    }
    for (i, a) in try views(rows, inner, 1).enumerated() {
      for (j, b) in try views(inner, columns, 2).enumerated() {
        for (k, c) in try views(rows, columns, 3).enumerated() where (i + j + k) % 2 == 0 {
          let beta = Element(real: k % 2, imaginary: 0)
          let expected = product(a, b, beta: beta, c)
          try matmul(a, b, into: c, on: pool, beta: beta)
          #expect(c.toArray() == expected, "layouts \(i), \(j), \(k)")
        }
      }
    }
    let memory = try SharedArray<Element>(shape: [300, 300])
    let a: SharedArray<Element> = try integers([rows, inner], seed: 5)
    try matmul(a, a.transposed(), into: memory[10..<100, 20..<110], on: pool)
    let inside = memory[10..<100, 20..<110]
    #expect(inside.toArray() == product(a, a.transposed(), inside))
    inside.fill(.zero)
    #expect(memory.toArray().allSatisfy { $0 == .zero })
  }

  @Test func `named arrays and mapped files are multiplied`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let name = "sharedarrays-tests-product-\(getpid())"
        let named = try SharedArray<Double>.create(name, shape: [100, 120])
        try named.update(from: integers([100, 120], seed: 1, of: Double.self))
        let b: SharedArray<Double> = try integers([120, 130], seed: 2)
        let c = try SharedArray<Double>.create(name + "-c", shape: [100, 130])
        let expected = product(named, b, c)
        let readOnly = try SharedArray<Double>.attach(name, access: .readOnly)
        try matmul(readOnly, b, into: c, on: pool)
        #expect(c.toArray() == expected)
        try withTemporaryDirectory { directory in
          try b.save(directory + "/b.npy")
          let file = try SharedArray<Double>.mapped(file: directory + "/b.npy", access: .readOnly)
          c.fill(0)
          try matmul(named, file, into: c, on: pool)
          #expect(c.toArray() == expected)
        }
        // Without its name the memory cannot be found, so it is copied.
        try named.unlink()
        try c.unlink()
        c.fill(0)
        try matmul(named, b, into: c, on: pool)
        #expect(c.toArray() == expected)
      }
    }
  }

  @Test func `arrays that are created and released between many products are never confused`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        for index in 0..<600 {
          let n = 65 + index % 70
          let a: SharedArray<Double> = try integers([n, n], seed: index)
          let b: SharedArray<Double> = try integers([n, n], seed: index + 1000)
          #expect(try matmul(a, b, on: pool).elementsEqual(matmul(a, b)), "product \(index)")
        }
      }
    }
  }
}
