import Glibc
import Multiprocessing
import SharedArraysSystem
import TestSupport
import Testing

/// The affinity of sleeping workers.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolPlacementTests {
  @Test(.enabled(if: ComputeBudget.allowedCores > 1, "The test needs two cores."), arguments: [1, 3])
  func `a worker sleeps off the core of a caller that computes, and on any core for one that waits`(
    workers: Int
  ) async {
    await #expect(processExitsWith: .success) { [workers] in
      inOwnProcess {
        let all = try #require(coresAllowed(toProcess: currentProcess()))
        let pool = try ProcessPool(workers: workers)
        defer {
          pool.shutdown()
          CurrentProcess.endForkServer()
        }
        #expect(try pool.submit(Cube.self, 2).result() == 8)
        let worker = try #require(pool.workerPIDs.first)
        /// Returns the affinity of the worker in its sleep after a call; it also slept before the
        /// call.
        func cores(afterComputing time: Int64) -> UInt64 {
          usleep(50_000)
          guard let future = try? pool.submit(Cube.self, 3) else { return 0 }
          let end = monotonicNanoseconds() + time
          while monotonicNanoseconds() < end {}
          guard (try? future.result()) == 27 else { return 0 }
          usleep(50_000)
          return coresAllowed(toProcess: worker) ?? 0
        }
        for _ in 0..<3 {
          // The worker might already sleep when the pool finds that the caller has computed. On a
          // busy machine a waiting caller might come late.
          #expect(
            waitUntil {
              let own = cores(afterComputing: 2_000_000)
              return own & ~all == 0 && own.nonzeroBitCount == all.nonzeroBitCount - 1
            })
          #expect(waitUntil { cores(afterComputing: 0) == all })
        }
      }
    }
  }
}
