import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysMemory
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct OverlapTests {
  private func expectOverlap(_ names: String..., body: () throws -> Void) {
    let error = #expect(throws: LinearAlgebraError.self) { try body() }
    #expect(error?.code == .overlap)
    for name in names { #expect(error?.description.contains("\(name) of shape") == true) }
  }

  @Test func `an output that is an input is refused and named`() throws {
    let a = try SharedArray<Double>([1, 2, 3, 4], shape: [2, 2])
    let b = try SharedArray<Double>(shape: [2, 2])
    expectOverlap("c", "a") { try matmul(a, b, into: a) }
    expectOverlap("c", "b") { try matmul(b, a, into: a.transposed()) }
    expectOverlap("c", "b") {
      try matmul(b, a[1, .all], into: a[.all, 1])
    }
    expectOverlap("c", "a") { try BLAS.syrk(a, into: a) }
    expectOverlap("y", "x") {
      try BLAS.axpy(1, a[0, .all], into: a[.all, 0])
    }
    expectOverlap("y", "x") {
      try BLAS.axpy(1, a[.stride(by: -1), .all], into: a)
    }
    #expect(a.toArray() == [1, 2, 3, 4])
  }

  @Test func `axpy onto its own input is correct`() throws {
    let x = try SharedArray<Double>(Array(stride(from: 0.0, to: 30_000, by: 1)))
    try BLAS.axpy(2, x, into: x)
    #expect((0..<x.count).allSatisfy { x[$0] == 3 * Double($0) })
    let half = x[.stride(by: -2)]
    try BLAS.axpy(-1, half, into: half)
    #expect((0..<x.count).allSatisfy { x[$0] == ($0 % 2 == 0 ? 3 * Double($0) : 0) })
  }

  @Test func `parts of one array that only interleave are no overlap`() throws {
    let x = try SharedArray<Double>(shape: [100, 9])
    x.fill(1)
    try matmul(x[.all, 0..<3], x[0..<3, 3..<6], into: x[.all, 6..<9])
    #expect(x[99, 8] == 3)
    try matmul(
      x[.stride(by: 2), 0..<3], x[.stride(by: 2), 3..<6][0..<3, .all],
      into: x[1..., .all][.stride(by: 2), 0..<3])
    #expect(x[1, 0] == 3 && x[0, 0] == 1)
    try BLAS.syrk(x[.all, 3..<6], into: x[10..<13, 6..<9])
    #expect(x[10, 6] == 100)
    try BLAS.axpy(1, x[.all, .stride(by: 3)], into: x[.all, 1...][.all, .stride(by: 3)])
    #expect(x[2, 1] == 2)
  }

  @Test func `a segment that is attached twice is the same memory`() throws {
    let x = try SharedArray<Double>.create(.generated, shape: [2, 2])
    let y = try SharedArray<Double>.attach(x.name!)
    y.fill(1)
    let b = try SharedArray<Double>([1, 2, 3, 4], shape: [2, 2])
    expectOverlap("c", "a") { try matmul(x, b, into: y) }
    expectOverlap("y", "x") { try BLAS.axpy(1, x[0, .all], into: y[.all, 0]) }
    try BLAS.axpy(1, x[.all, 0], into: y[.all, 1])
    #expect(x.toArray() == [1, 2, 1, 2])
  }

  @Test func `a file that is mapped twice is the same memory`() throws {
    try withTemporaryDirectory { directory in
      try SharedArray<Double>([1, 2, 3, 4], shape: [2, 2]).save(directory + "/a.npy")
      let x = try SharedArray<Double>.mapped(file: directory + "/a.npy", access: .readWrite)
      let y = try SharedArray<Double>.mapped(file: directory + "/a.npy", access: .readWrite)
      expectOverlap("c", "a") { try BLAS.syrk(x, into: y) }
      try BLAS.axpy(1, x[.all, 0], into: y[.all, 1])
      #expect(x.toArray() == [1, 3, 3, 7])
    }
  }

  /// Brute force: the sets of places of both views.
  @Test func `views in one array overlap exactly if they have an element in common`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let memory = try SharedArray<Double>(shape: [400])
    var found = [0, 0]
    for index in 0..<5000 {
      var generator = SeededGenerator(seed: seed &+ UInt64(index))
      let rank = Int.random(in: 0...3, using: &generator)
      let shape = Shape((0..<rank).map { _ in Int.random(in: 1...4, using: &generator) })
      let x = view(of: memory, shape, allowing: -12...12, using: &generator)
      var y = view(of: memory, shape, allowing: -12...12, using: &generator)
      while (0..<rank).contains(where: { y.strides[$0] == 0 && shape[$0] > 1 }) {
        y = view(of: memory, shape, allowing: -12...12, using: &generator)
      }
      let overlap = !places(of: x, in: memory).isDisjoint(with: places(of: y, in: memory))
      var isRefused = false
      do { try BLAS.axpy(1, x, into: y) } catch { isRefused = error.code == .overlap }
      let isSame = places(of: x, in: memory) == places(of: y, in: memory)
      #expect(isRefused == overlap || isSame, "seed \(seed), case \(index)")
      found[overlap ? 1 : 0] += 1
    }
    #expect(found.allSatisfy { $0 > 500 }, "\(found)")
  }

  private func view(
    of memory: SharedArray<Double>, _ shape: Shape, allowing range: ClosedRange<Int>,
    using generator: inout SeededGenerator
  ) -> SharedArray<Double> {
    let strides = Strides(shape.map { _ in Int.random(in: range, using: &generator) })
    let offset = Int.random(in: 150..<250, using: &generator)
    return SharedArray(storage: memory.storage.view(offset: offset, shape: shape, strides: strides))
  }

  private func places(of view: SharedArray<Double>, in memory: SharedArray<Double>) -> Set<Int> {
    // SAFETY: both addresses are of the same memory.
    var places: Set = [unsafe view.storage.base - memory.storage.base]
    for axis in 0..<view.rank {
      places = Set(places.flatMap { place in (0..<view.shape[axis]).map { place + $0 * view.strides[axis] } })
    }
    return places
  }
}
