import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import Synchronization
import TestSupport
import Testing

private let methods: [StartMethod] = [.fork, .spawn, .forkServer]
/// Cases in which pools of other libraries have hung, lost work or given wrong results.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PoolCaseTests {
  @Test(arguments: methods)
  func `a fault while a value is decoded, used or encoded ends its call, and the next call is exact`(
    method: StartMethod
  ) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        for _ in 0..<environmentNumber("POOL_CASES", or: 1) {
          for place in Fault.Place.allCases {
            for kind in Fault.Kind.allCases {
              let faulty = Fragile(fault: Fault(place: place, kind: kind))
              let error = #expect(throws: PoolError.self) {
                _ = try pool.map(
                  PassFragile.self, [Fragile(), faulty, Fragile()], chunkSize: 1, retries: 1)
              }
              let isError = kind == .error
              let expected: PoolError.Code =
                !isError ? .died : place == .calling ? .threw : .notTransferable
              #expect(error?.code == expected, "\(place) \(kind): \(error?.description ?? "")")
              #expect(error?.range == 1..<2)
              if kind == .exit { #expect(error?.termination == .exited(code: 0)) }
              #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
            }
          }
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `many results that cannot be encoded harm no worker`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<2)
        let pids = pool.workerPIDs
        for _ in 0..<200 * environmentNumber("POOL_CASES", or: 1) {
          let error = #expect(throws: PoolError.self) { _ = try pool.submit(Unsendable.self, 1).result() }
          #expect(error?.code == .notTransferable)
        }
        #expect(pool.workerPIDs == pids)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `workers that are killed while they send large results lose none`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let isDone = Atomic(false)
        let done = Atomic(false)
        onThread {
          var (seed, kills): (UInt64, UInt32) = (7, 0)
          while !isDone.load(ordering: .acquiring) {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            // The pauses grow, so that a slow or busy machine completes results between kills, too.
            usleep(UInt32(seed >> 50) * (1 + kills / 200))
            kills += 1
            let pids = pool.workerPIDs
            if !pids.isEmpty { kill(pid_t(pids[Int(seed >> 33) % pids.count]), SIGKILL) }
          }
          done.store(true, ordering: .releasing)
        }
        for _ in 0..<6 * environmentNumber("POOL_CASES", or: 1) {
          let counts = [5_000_000, 100, 1 << 20, 8 << 20]
          let results = try pool.map(Bytes.self, counts, chunkSize: 1, retries: 1000)
          #expect(results.map(\.count) == counts)
          #expect(
            zip(results, counts).allSatisfy { $0.allSatisfy { [last = UInt8($1 & 255)] in $0 == last } })
        }
        isDone.store(true, ordering: .releasing)
        #expect(waitUntil { done.load(ordering: .acquiring) })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [1, 2, 5, 13, 32])
  func `every call ends with a result or an error while workers kill each other`(count: Int) async {
    await #expect(processExitsWith: .success) { [count] in
      inOwnProcess {
        let pool = try ProcessPool(workers: count)
        for round in 0..<10 * environmentNumber("POOL_CASES", or: 1) {
          let pids = pool.workerPIDs
          let inputs = (0..<20).map { TransferPair($0 == 7 || $0 == round ? $0 + 1 : 0, pids) }
          do throws(PoolError) {
            #expect(try pool.map(KillOne.self, inputs, chunkSize: 1) == inputs.map(\.first))
          } catch {
            #expect(error.code == .died)
          }
          #expect(try pool.map(Cube.self, 0..<50, retries: 100) == (0..<50).map { $0 * $0 * $0 })
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func `workers that are replaced after a few tasks do all tasks`(limit: Int) async {
    await #expect(processExitsWith: .success) { [limit] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, maxTasksPerWorker: limit)
        let count = 150 * environmentNumber("POOL_CASES", or: 1)
        #expect(try pool.map(Cube.self, 0..<count, chunkSize: 1) == (0..<count).map { $0 * $0 * $0 })
        let futures = try (0..<20).map { try pool.submit(Cube.self, $0) }
        // The pool still does the work that was submitted before the shutdown.
        pool.shutdown(wait: false)
        #expect(try futures.map { try $0.result() } == (0..<20).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a pool whose size and workers change while it works does all its work`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 3, idleTimeout: .milliseconds(3))
        let isDone = Atomic(false)
        let done = Atomic(false)
        onThread {
          for round in 0..<6 * environmentNumber("POOL_CASES", or: 1) {
            for count in [12, 2, 1, 12, 6, 1, 8, 5] {
              try? pool.resize(to: count)
              usleep(UInt32(round % 4) * 2000)
            }
          }
          isDone.store(true, ordering: .releasing)
          done.store(true, ordering: .releasing)
        }
        var rounds = 0
        while !isDone.load(ordering: .acquiring) {
          #expect(try pool.map(Cube.self, 0..<300, chunkSize: 7) == (0..<300).map { $0 * $0 * $0 })
          #expect(try pool.submit(Cube.self, rounds).result() == rounds * rounds * rounds)
          rounds += 1
          if rounds % 10 == 0 { usleep(8000) }
        }
        #expect(rounds > 0)
        #expect(waitUntil { done.load(ordering: .acquiring) })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a pool of many workers completes a map, and a killed pool fails its long queue`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let large = try ProcessPool(workers: 100)
        #expect(try large.map(Cube.self, 0..<10_000, chunkSize: 1) == (0..<10_000).map { $0 * $0 * $0 })
        large.shutdown()
        let pool = try ProcessPool(workers: 2)
        let futures = try (0..<10_000).map { _ in try pool.submit(Sleep.self, 10) }
        pool.kill()
        let codes = futures.map { future -> PoolError.Code? in
          do throws(PoolError) {
            _ = try future.result()
            return nil
          } catch {
            return error.code
          }
        }
        #expect(codes.allSatisfy { $0 == nil || $0 == .closed })
        #expect(codes.count { $0 == .closed } > 9000)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `calls give back the memory that they take`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let text = String(repeating: "x", count: 3000)
        func work(_ count: Int) throws {
          for n in 0..<count {
            #expect(try pool.submit(Cube.self, n).result() == n &* n &* n)
            if n % 10 == 0 { #expect(try pool.submit(Echo<String>.self, text).result() == text) }
          }
        }
        try work(3000)
        let before = try #require(privateMemory(ofProcess: currentProcess()))
        let others = pool.workerPIDs.map { privateMemory(ofProcess: $0) ?? 0 }
        try work(30_000 * environmentNumber("POOL_CASES", or: 1))
        let after = try #require(privateMemory(ofProcess: currentProcess()))
        #expect(after < before + 4 << 20)
        for (pid, old) in zip(pool.workerPIDs, others) {
          #expect((privateMemory(ofProcess: pid) ?? 0) < old + 4 << 20)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}
