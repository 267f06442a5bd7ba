import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import Synchronization
import TestSupport
import Testing

// SAFETY: `memset` writes just the bytes that were allocated, and only the one thread of a worker
// that runs its functions uses `kept`.

/// Allocates a number of MiB and keeps them; the input's second number is the number of
/// milliseconds that it then waits.
enum Take: WorkFunction {
  nonisolated(unsafe) private static var kept: [UnsafeMutableRawPointer] = unsafe []

  static func call(_ input: TransferPair<Int, Int>) -> Int {
    let byteCount = input.first << 20
    let place = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
    unsafe memset(place, 1, byteCount)
    unsafe kept.append(place)
    usleep(UInt32(input.second * 1000))
    return Int(getpid())
  }
}

/// Returns the affinity mask of its worker.
enum OwnCores: WorkFunction {
  static func call(_ input: Int) -> UInt64 {
    usleep(20_000)
    return coresAllowed(toProcess: currentProcess()) ?? 0
  }
}

/// The resource limits and idle times of a pool's workers.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolLimitsTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test(arguments: methods)
  func `idle workers end, and start again with the next call`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method, idleTimeout: .milliseconds(60))
        for round in 0..<4 {
          #expect(try pool.submit(Cube.self, round).result() == round * round * round)
          #expect(try pool.map(Cube.self, 0..<1000) == (0..<1000).map { $0 * $0 * $0 })
          #expect(pool.workerCount == 2)
          #expect(waitUntil { pool.workerPIDs.isEmpty })
        }
        try pool.resize(to: 3)
        #expect(try pool.map(Cube.self, 0..<1000) == (0..<1000).map { $0 * $0 * $0 })
        #expect(waitUntil { pool.workerPIDs.isEmpty })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `calls made while idle workers end are done`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: .forkServer, idleTimeout: .milliseconds(5))
        for round in 0..<300 {
          #expect(try pool.map(Cube.self, 0..<50, chunkSize: 5) == (0..<50).map { $0 * $0 * $0 })
          usleep(UInt32(round % 20) * 1000)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a worker that has grown too large is replaced after its chunk`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1, maxWorkerMemory: 70 << 20)
        let pids = try (0..<9).map { _ in try pool.submit(Take.self, TransferPair(20, 0)).result() }
        #expect(Set(pids).count >= 2)
        #expect(pids[0] == pids[1], "the worker is not replaced before it is too large")
        let small = try (0..<5).map { _ in try pool.submit(Take.self, TransferPair(0, 0)).result() }
        #expect(Set(small.dropFirst()).count == 1)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `only the worker that takes too much memory in the middle of a chunk is killed`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, maxWorkerMemory: 100 << 20)
        let other = try pool.submit(Take.self, TransferPair(1, 500))
        let error = #expect(throws: PoolError.self) {
          _ = try pool.submit(Take.self, TransferPair(300, 60_000)).result()
        }
        #expect(error?.code == .memoryLimitExceeded)
        #expect(error?.range == 0..<1)
        #expect(error?.description.contains("the limit is 104857600 bytes") == true)
        #expect(try other.result() > 0)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `each worker is pinned to a core if the numbers of workers and cores are equal`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let cores = ComputeBudget.allowedCores
        let pool = try ProcessPool(workers: cores, pinsWorkers: true)
        let sets = try pool.map(OwnCores.self, 0..<8 * cores, chunkSize: 1)
        #expect(sets.allSatisfy { $0.nonzeroBitCount == 1 })
        #expect(Set(sets).count == cores || cores == 1)
        pool.shutdown()
        let larger = try ProcessPool(workers: cores + 1, pinsWorkers: true)
        #expect(try larger.submit(OwnCores.self, 0).result().nonzeroBitCount == cores)
        larger.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
