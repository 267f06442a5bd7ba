import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// Returns the number of threads that OpenBLAS reports in a worker, after a product unless the
/// extent is 0. The result is negative if the product is wrong, if fewer threads run after it, or
/// if more run where one is reported.
enum CountThreads: WorkFunction {
  static func call(_ extent: Int) throws -> Int {
    if extent == 0 { return BLASThreads.count }
    let a: SharedArray<Double> = try integers([extent, extent], seed: 3)
    let product = try matmul(a, a)
    guard product[1, 2] == (0..<extent).reduce(0, { $0 + a[1, $1] * a[$1, 2] }) else { return -1 }
    let count = BLASThreads.count
    let running = processStatus("Threads", ofProcess: currentProcess()).flatMap { Int($0) } ?? 0
    return count == 1 ? (running == 1 ? 1 : -running) : (running >= count ? count : -running)
  }
}

/// The number of threads of a worker.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ThreadsPerWorkerTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test(arguments: methods, [1, 2, 3])
  func `workers compute with the given number of threads`(method: StartMethod, threads: Int) async {
    await #expect(processExitsWith: .success) { [method, threads] in
      let before = BLASThreads.count
      let pool = try ProcessPool(workers: 2, startMethod: method, threadsPerWorker: threads)
      let counts = try pool.map(CountThreads.self, Array(repeating: 400, count: 4), chunkSize: 1)
      #expect(counts == Array(repeating: threads, count: 4))
      for pid in pool.workerPIDs { kill(pid_t(pid), SIGKILL) }
      #expect(try pool.map(CountThreads.self, [400]) == [threads], "as do those that replace them")
      pool.shutdown()
      #expect(BLASThreads.count == before)
      CurrentProcess.endForkServer()
    }
  }

  @Test(arguments: [1, 2, 3])
  func `workers of a closure compute with the given number of threads`(threads: Int) async {
    await #expect(processExitsWith: .success) { [threads] in
      let pool = try ClosurePool(workers: 2, threadsPerWorker: threads) { (extent: Int) in
        try CountThreads.call(extent)
      }
      #expect(try pool.map([400, 400], chunkSize: 1) == [threads, threads])
      pool.shutdown()
    }
  }

  @Test(arguments: methods)
  func `the environment of the program does not change the number of workers' threads`(method: StartMethod)
    async
  {
    await #expect(processExitsWith: .success) { [method] in
      setenv("OPENBLAS_NUM_THREADS", "3", 1)
      let pool = try ProcessPool(workers: 1, startMethod: method)
      #expect(try pool.submit(CountThreads.self, 0).result() == 1)
      pool.shutdown()
      CurrentProcess.endForkServer()
    }
  }

  @Test func `zero threads per worker trap with a sentence`() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try ProcessPool(workers: 1, threadsPerWorker: 0)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("A worker computes with at least one thread, not 0."))
  }
}
