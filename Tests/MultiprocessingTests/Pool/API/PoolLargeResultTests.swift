import Glibc
import Multiprocessing
import SharedArraysLocks
import SharedArraysSystem
import SharedArraysTransfer
import Synchronization
import TestSupport
import Testing

// SAFETY: the loop initializes all `count` elements.

/// Returns numbers, each of which shows its position.
enum Blob: WorkFunction {
  /// The input: the first number, the count, and the number of times that a worker must die with
  /// them.
  static func call(_ input: TransferTriple<Int, Int, SharedAtomic<Int>>) -> [Int] {
    let values = make(input.first, input.second)
    if input.third.subtract(1) > 0 { kill(getpid(), SIGKILL) }
    return values
  }

  static func make(_ first: Int, _ count: Int) -> [Int] {
    unsafe [Int](unsafeUninitializedCapacity: count) { place, filled in
      for index in 0..<count { unsafe place[index] = first &+ index }
      filled = count
    }
  }
}

/// Results of millions of bytes, whose workers die.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolLargeResultTests {
  /// A result has 64 MiB with `POOL_CASES` above 1, otherwise 4 MiB.
  @Test func `ten large results arrive whole although workers die while computing and sending them`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let count = (environmentNumber("POOL_CASES", or: 1) > 1 ? 64 : 4) << 17
        let pool = try ProcessPool(workers: 2)
        let deaths = try SharedAtomic(6)
        let isDone = Atomic(false)
        let hasEnded = Atomic(false)
        onThread {
          // Other workers are killed at any time: while they compute, encode or send.
          while !isDone.load(ordering: .acquiring) {
            usleep(UInt32.random(in: 0..<300_000))
            if let pid = pool.workerPIDs.randomElement() { kill(pid_t(pid), SIGKILL) }
          }
          hasEnded.store(true, ordering: .releasing)
        }
        let inputs = (0..<10).map { TransferTriple($0 * 1_000_000_007, count, deaths) }
        let results = try pool.map(Blob.self, inputs, chunkSize: 1, retries: 1000)
        isDone.store(true, ordering: .releasing)
        #expect(results.count == 10)
        for (index, result) in results.enumerated() {
          #expect(result == Blob.make(index * 1_000_000_007, count))
        }
        #expect(deaths.load() <= 0)
        #expect(waitUntil { hasEnded.load(ordering: .acquiring) })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
