import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysSystem
import TestSupport
import Testing

/// Each test runs in a process of its own, where no other test has threads.
@Suite(.timeLimit(.minutes(5)))
struct ForkTests {
  @Test func `three generations of forked children multiply like their parent`() async {
    await #expect(processExitsWith: .success) {
      let count = 1000
      let a = try SharedArray<Double>(shape: [count, count])
      var generator = SeededGenerator(seed: 1)
      a.update { _ in .random(in: -1...1, using: &generator) }
      let c = try SharedArray<Double>(shape: [4, count, count])
      // The parent's threads have computed before the first fork.
      try matmul(a, a, into: c[0, .all, .all])
      let eigen = try eigh(a)
      func isRight(_ level: Int) throws -> Bool {
        try matmul(a, a, into: c[level, .all, .all])
        let difference = try c[level, .all, .all].copy()
        try BLAS.axpy(-1, c[0, .all, .all], into: difference)
        guard BLAS.nrm2(difference) <= 1e-12 * BLAS.nrm2(a) * BLAS.nrm2(a), BLASThreads.count == 1 else {
          return false
        }
        let values = try eigh(a[0..<100, 0..<100]).values
        return level == 3 || values.count == 100
      }
      func descend(_ level: Int) throws -> CInt {
        let end = try forkedChild(within: .seconds(60)) {
          do { return try isRight(level) ? (level == 3 ? 0 : descend(level + 1)) : CInt(level) } catch {
            return 9
          }
        }
        guard case .exited(let code) = end else { return 8 }
        return CInt(code)
      }
      #expect(try descend(1) == 0)
      // And the parent goes on.
      #expect(try eigh(a).values.toArray() == eigen.values.toArray())
    }
  }

  @Test func `forks during products do not hang`() async {
    await #expect(processExitsWith: .success) {
      let a = try SharedArray<Double>(shape: [400, 400])
      a.fill(1)
      let c = try SharedArray<Double>(shape: [400, 400])
      let words = try SharedWords()
      let computing = Task.detached {
        while words[0] == 0 {
          try matmul(a, a, into: c)
          words.add(1, to: 1)
        }
      }
      #expect(words.wait(for: 1))
      for _ in 0..<200 {
        let end = try forkedChild(within: .seconds(10)) {
          let sum = BLAS.dot(a[0, .all], a[1, .all])
          return sum == 400 ? 0 : 1
        }
        #expect(end == .exited(code: 0))
      }
      words[0] = 1
      try await computing.value
      #expect(words[1] > 10)
    }
  }
}
