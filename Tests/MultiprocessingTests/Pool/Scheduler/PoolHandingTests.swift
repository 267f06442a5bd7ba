import Glibc
import SharedArraysMemory
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

@testable import Multiprocessing

// SAFETY: the pool keeps its region mapped, and `index` is that of one of its two workers. The
// states are only accessed atomically.

/// Single calls, which are handed to one worker that is looking for work and shown to no other.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PoolHandingTests {
  /// Makes calls one after another from `threadCount` threads while workers are killed, or stopped
  /// and continued, at random.
  @Test(arguments: [1, 3], [false, true])
  func `consecutive calls return their results while workers are killed or stopped`(
    threadCount: Int, stops: Bool
  )
    async
  {
    await #expect(processExitsWith: .success) { [threadCount, stops] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 3)
        let faultCount = environmentNumber("POOL_HANDING", or: 40)
        let isOver = Atomic(false)
        let running = Atomic(threadCount)
        let callCount = Atomic(0)
        for thread in 0..<threadCount {
          onThread {
            var number = thread
            while !isOver.load(ordering: .relaxed) {
              let result = try? pool.submit(Cube.self, number, retries: 1000).result(timeout: .seconds(60))
              if result != number * number * number { fatalError("\(number): \(result ?? -1)") }
              number = (number + threadCount) % 1_000_000
              callCount.add(1, ordering: .relaxed)
            }
            running.subtract(1, ordering: .releasing)
          }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<faultCount {
          usleep(.random(in: 0..<2_000, using: &random))
          guard let victim = pool.workerPIDs.randomElement(using: &random) else { continue }
          let before = callCount.load(ordering: .relaxed)
          kill(pid_t(victim), stops ? SIGSTOP : SIGKILL)
          if stops {
            // Only a call that the worker has started waits for it.
            usleep(.random(in: 0..<300_000, using: &random))
            kill(pid_t(victim), SIGCONT)
          }
          #expect(waitUntil { callCount.load(ordering: .relaxed) > before + 2 * threadCount })
        }
        isOver.store(true, ordering: .relaxed)
        #expect(waitUntil { running.load(ordering: .acquiring) == 0 })
        #expect(try pool.map(Cube.self, 0..<1000) == (0..<1000).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  /// A worker that appears to look for work, and is stopped, gets a call. In one case it is then
  /// killed.
  @Test(arguments: [false, true])
  func `a call handed to a worker that does not start it is done by another`(kills: Bool) async {
    await #expect(processExitsWith: .success) { [kills] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        let records = (0..<2).map { WorkerRecord(region: pool.core.region, index: $0) }
        for (record, pid) in zip(records, pool.workerPIDs) {
          let state = unsafe record.state
          #expect(waitUntil { unsafe state.pointee.load(ordering: .relaxed) == WorkerRecord.asleep })
          kill(pid_t(pid), SIGSTOP)
          unsafe state.pointee.store(WorkerRecord.looking, ordering: .sequentiallyConsistent)
          let future = try pool.submit(Cube.self, 3)
          #expect(unsafe state.pointee.load(ordering: .relaxed) & WorkerRecord.handed != 0)
          kill(pid_t(pid), kills ? SIGKILL : SIGURG)
          #expect(try future.result(timeout: .seconds(10)) == 27)
          kill(pid_t(pid), SIGCONT)
          #expect(try pool.map(Cube.self, 0..<100, chunkSize: 1) == (0..<100).map { $0 * $0 * $0 })
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a long call does not keep another call from a sleeping worker`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        for _ in 0..<20 {
          // A worker looks for work briefly after each job.
          _ = try pool.submit(Cube.self, 1).result()
          let long = try pool.submit(Sleep.self, 200)
          let short = try pool.submit(Cube.self, 3)
          #expect(firstCompleted([long, short]) == 1)
          #expect(try long.result() == 200 && short.result() == 27)
        }
        pool.kill()
        CurrentProcess.endForkServer()
      }
    }
  }
}
