import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysParallelLinearAlgebra
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct MatmulOnPoolEdgeCaseTests {
  @Test func `factors of zero, NaN and no terms mean what they mean in BLAS`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a = try SharedArray<Double>(shape: [80, 70])
        let b: SharedArray<Double> = try integers([70, 90], seed: 2)
        let c = try SharedArray<Double>(shape: [80, 90])
        a.fill(1)
        c.fill(.nan)
        try matmul(a, b, into: c, on: pool)
        #expect(c.toArray() == product(a, b, c), "beta 0 does not read c")
        a[3, 4] = .nan
        try matmul(a, b, into: c, on: pool)
        #expect(c[3, .all].toArray().allSatisfy { $0.isNaN } && c[2, .all].toArray().allSatisfy { !$0.isNaN })
        c.fill(3)
        try matmul(a, b, into: c, on: pool, alpha: 0, beta: 2)
        #expect(c.toArray().allSatisfy { $0 == 6 }, "alpha 0 does not read a")
        let none = try SharedArray<Double>(shape: [80, 0])
        try matmul(none, none.transposed()[.all, 0..<80], into: c[.all, 0..<80], on: pool, beta: 2)
        #expect(c[.all, 0..<80].toArray().allSatisfy { $0 == 12 } && c[0, 80] == 6)
        try matmul(none, none.transposed(), into: c[.all, 0..<80], on: pool)
        #expect(c[.all, 0..<80].toArray().allSatisfy { $0 == 0 })
        #expect(try matmul(none.transposed(), a, on: pool).shape == [0, 70])
      }
    }
  }

  @Test func `an output that overlaps an input is refused and stays as it was`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([200, 200], seed: 1)
        let before = a.toArray()
        for (x, y) in [
          (a[0..<100, 0..<100], a[100..<200, 0..<100]), (a[100..<200, 100..<200], a[0..<100, 0..<100]),
        ] {
          let error = #expect(throws: ProductError.self) {
            try matmul(x, y, into: a[50..<150, 50..<150], on: pool)
          }
          #expect(error?.code == .refused && error?.refusal?.code == .overlap && error?.failure == nil)
        }
        #expect(a.toArray() == before)
        try matmul(a[0..<100, 0..<100], a[0..<100, 100..<200], into: a[100..<200, 0..<100], on: pool)
        #expect(a[0..<100, .all].toArray() == Array(before[0..<20_000]))
      }
    }
  }

  @Test func `a closed pool is an error that leaves the output as it was`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([100, 100], seed: 1)
        let c = try SharedArray<Double>(shape: [100, 100])
        pool.shutdown()
        let error = #expect(throws: ProductError.self) { try matmul(a, a, into: c, on: pool) }
        #expect(error?.code == .unfinished && error?.failure?.code == .closed)
        #expect(c.toArray().allSatisfy { $0 == 0 })
      }
    }
  }

  @Test(arguments: [
    [[3, 4], [5, 6], [3, 6]], [[3, 4], [4, 6], [3, 5]], [[3, 4], [4], [3]],
    [[2, 3, 4], [3, 4, 5], [2, 3, 5]],
    [[2, 3, 4], [2, 4, 5], [3, 5]], [[1, 3, 4], [2, 4, 5], [2, 3, 5]],
  ])
  func `shapes that do not fit end the program with a sentence that names them`(shapes: [[Int]]) async throws
  {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [shapes] in
      let arrays = try shapes.map { try SharedArray<Double>(shape: Shape($0)) }
      let pool = try ProcessPool(workers: 0)
      try matmul(arrays[0], arrays[1], into: arrays[2], on: pool)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("not \(Shape(shapes[0])) and \(Shape(shapes[1])) into \(Shape(shapes[2]))"))
  }
}
