import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import Synchronization
import TestSupport
import Testing

/// Returns whether a process is stopped.
private func isStopped(_ pid: Int) -> Bool {
  let stat = readSmallFile("/proc/\(pid)/stat") ?? ""
  return stat.split(separator: ")").last?.prefix(2).contains("T") == true
}

/// Stops its own process in one task; the next task, in another process, continues it.
enum StopAndGoOn: WorkFunction {
  /// The input: the number of the task, and the pids of all workers.
  static func call(_ input: TransferPair<Int, [Int]>) -> Int {
    if input.second.isEmpty { return input.first }
    if input.first % 2 == 0 {
      kill(getpid(), SIGSTOP)
    } else {
      let others = input.second.filter { $0 != Int(getpid()) }
      let isThere = waitUntil { others.contains { isStopped($0) } }
      for pid in others { kill(pid_t(pid), SIGCONT) }
      if !isThere { return -1 }
    }
    return input.first
  }
}

/// Stops its own process if the input is 0.
enum StopAtZero: WorkFunction {
  static func call(_ n: Int) -> Int {
    if n == 0 { kill(getpid(), SIGSTOP) }
    return n
  }
}

/// Work of workers that are stopped.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolStoppedTests {
  @Test(arguments: 0..<3)
  func `a stopped worker delays no result for callers that do not wait in a call`(way: Int) async {
    await #expect(processExitsWith: .success) { [way] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        for pid in pool.workerPIDs {
          kill(pid_t(pid), SIGSTOP)
          #expect(waitUntil { isStopped(pid) })
          // One at a time, since a second call would wake another worker.
          for number in 0..<3 {
            let future = try pool.submit(Cube.self, number)
            let isDone = Atomic(false)
            if way == 0 {
              future.onCompletion { isDone.store(true, ordering: .relaxed) }
              #expect(waitUntil { isDone.load(ordering: .relaxed) })
            } else if way == 1 {
              #expect(waitUntil { future.isDone })
            } else {
              #expect(firstCompleted([future], timeout: .seconds(10)) == 0)
            }
            #expect(try future.result() == number * number * number)
          }
          kill(pid_t(pid), SIGCONT)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a stopped worker holds up no work queued behind the job that it was woken for`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        for pid in pool.workerPIDs {
          kill(pid_t(pid), SIGSTOP)
          #expect(waitUntil { isStopped(pid) })
          let futures = try (0..<200).map { try pool.submit(Cube.self, $0) }
          #expect(try futures[199].result(timeout: .seconds(20)) == 199 * 199 * 199)
          #expect(try futures.map { try $0.result() } == (0..<200).map { $0 * $0 * $0 })
          kill(pid_t(pid), SIGCONT)
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [300, 500, 1000, 1500])
  func `other workers do the chunks that a stopped worker had set aside`(number: Int) async {
    await #expect(processExitsWith: .success) { [number] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        let pids = pool.workerPIDs
        let inputs = (0..<2000).map { TransferPair($0, $0 / 2 == number / 2 ? pids : []) }
        // The worker continues only if another worker does its next task.
        #expect(try pool.map(StopAndGoOn.self, inputs, chunkSize: 1) == Array(0..<2000))
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a chunk in which its worker was stopped is waited for until its timeout`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let future = try pool.submit(StopAtZero.self, 0)
        #expect(waitUntil { pool.workerPIDs.contains { isStopped($0) } })
        #expect(code { try future.result(timeout: .milliseconds(700)) } == .timedOut)
        for pid in pool.workerPIDs { kill(pid_t(pid), SIGCONT) }
        #expect(try future.result() == 0)
        let error = poolError {
          try pool.map(StopAtZero.self, -5..<5, chunkSize: 2, timeout: .milliseconds(200))
        }
        #expect(error?.code == .deadlineExceeded && error?.range == 4..<6)
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a call with a timeout ends, exact or timed out, when a worker is stopped at any instant`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        var random = SystemRandomNumberGenerator()
        for round in 0..<environmentNumber("POOL_STOPS", or: 12) {
          alarm(110)
          _ = try pool.map(Cube.self, 0..<8, chunkSize: 1)
          let victim = pool.workerPIDs.randomElement(using: &random)!
          let delay = UInt32.random(in: 0..<2000, using: &random)
          onThread {
            usleep(delay)
            kill(pid_t(victim), SIGSTOP)
          }
          do throws(PoolError) {
            if round % 2 == 0 {
              let cubes = try pool.map(Cube.self, 0..<3000, chunkSize: 1, timeout: .milliseconds(100))
              #expect(cubes == (0..<3000).map { $0 * $0 * $0 })
            } else {
              let texts = try pool.map(Spell.self, 0..<300, chunkSize: 1, timeout: .milliseconds(100))
              #expect(texts == (0..<300).map { String($0) })
            }
          } catch {
            #expect(error.code == .deadlineExceeded)
          }
          usleep(delay)
          kill(pid_t(victim), SIGKILL)
        }
        #expect(try pool.map(Cube.self, 0..<100) == (0..<100).map { $0 * $0 * $0 })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a closed pool with a stopped worker does its remaining work, and ends when it is killed`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        _ = try pool.map(Cube.self, 0..<100)
        let pid = try #require(pool.workerPIDs.first)
        kill(pid_t(pid), SIGSTOP)
        #expect(waitUntil { isStopped(pid) })
        let futures = try (0..<10).map { try pool.submit(Spell.self, $0) }
        pool.shutdown(wait: false)
        #expect(waitUntil { pool.workerPIDs == [pid] }, "the other worker does all the work and ends")
        pool.kill()
        #expect(try futures.map { try $0.result() } == (0..<10).map { String($0) })
        CurrentProcess.endForkServer()
      }
    }
  }
}
