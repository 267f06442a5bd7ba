import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysParallelLinearAlgebra
import Testing

/// Workers that are killed while they multiply. The products take half a second on two cores.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DyingWorkerTests {
  private static let n = 2500

  @Test func `other workers finish a product whose worker is killed, and it is exact`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([Self.n, Self.n], seed: 1)
        let c = try SharedArray<Double>(shape: [Self.n, Self.n])
        let victim = pool.workerPIDs[1]
        try Self.kill(victim)
        try matmul(a, a, into: c, on: pool)
        #expect(!pool.workerPIDs.contains(victim), "it was killed too late")
        #expect(try c.elementsEqual(matmul(a, a)))
      }
    }
  }

  @Test func `a product added to the old output is an error if its worker is killed`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([Self.n, Self.n], seed: 1)
        let c = try SharedArray<Double>(shape: [Self.n, Self.n])
        let victim = pool.workerPIDs[1]
        try Self.kill(victim)
        let error = #expect(throws: ProductError.self) { try matmul(a, a, into: c, on: pool, beta: 1) }
        #expect(error?.code == .unfinished && error?.refusal == nil)
        #expect(error?.failure?.code == .died && error?.failure?.pid == victim)
        // The pool has another worker.
        try matmul(a, a, into: c, on: pool)
        #expect(try c.elementsEqual(matmul(a, a)))
      }
    }
  }

  @Test func `a product that takes too long is an error`() async {
    await #expect(processExitsWith: .success) {
      withOwnPool { pool in
        let a: SharedArray<Double> = try integers([Self.n, Self.n], seed: 1)
        let c = try SharedArray<Double>(shape: [Self.n, Self.n])
        let error = #expect(throws: ProductError.self) {
          try matmul(a, a, into: c, on: pool, timeout: .milliseconds(20))
        }
        #expect(error?.failure?.code == .deadlineExceeded)
      }
    }
  }

  /// Kills a process a tenth of a second from now.
  private static func kill(_ pid: Int) throws {
    // SAFETY: the string outlives the call.
    try #require(unsafe system("(sleep 0.1; kill -9 \(pid)) &") == 0)
  }
}
