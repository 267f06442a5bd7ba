import Foundation
import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the limits are local variables, which the C functions do not keep.

/// Closes all descriptors of a worker beyond the standard ones, including its connection to the
/// pool.
enum CloseEverything: WorkFunction {
  static func call(_ n: Int) -> Int {
    for number in 3..<1024 { close(CInt(number)) }
    return n
  }
}

/// Returns a text that is too long for a message, so that it is sent in its own memory.
enum LongText: WorkFunction {
  static func call(_ n: Int) -> String { String(repeating: "x", count: n) }
}

/// Failures of the resources that a pool needs, caused by the system or by a function.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PoolRefusalTests {
  @Test(.needsRoot, arguments: 1...3)
  func `a pool fails to start or works when the number of processes and threads is limited`(
    most: Int
  ) async {
    await #expect(processExitsWith: .success) { [most] in
      inOwnProcess {
        let termination = try forkedChild {
          // A uid that no user has, so that no other processes count.
          guard setuid(1_100_000_000 + uid_t(getpid())) == 0 else { return 1 }
          setLimit(__RLIMIT_NPROC, UInt(most))
          do throws(PoolError) {
            let pool = try ProcessPool(workers: 1, startMethod: .fork)
            guard try pool.map(Cube.self, 0..<3) == [0, 1, 8] else { return 2 }
            pool.shutdown()
            return most == 3 ? 0 : 3
          } catch {
            guard error.code == .cannotStart else { return 4 }
            // The limit counts the worker as the second task, and the pool's thread as the third.
            let call = most == 1 ? "fork failed: " : "pthread_create failed: "
            guard error.description.contains(call), most < 3 else { return 5 }
            return waitpid(-1, nil, WNOHANG) == -1 ? 0 : 6
          }
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test(arguments: [28, 30, 32])
  func `pools of forked workers work with a limited address space`(logarithm: Int) async {
    await #expect(processExitsWith: .success) { [logarithm] in
      inOwnProcess {
        let termination = try forkedChild {
          let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))
            .flatMap { $0.split(separator: " ").first }.flatMap { UInt($0) }
          guard let pages else { return 1 }
          setLimit(RLIMIT_AS, pages * UInt(getpagesize()) + 1 << UInt(logarithm))
          do {
            let factor = 3
            let closure = try ClosurePool(workers: 3) { (n: Int) in factor * n }
            guard try closure.map(0..<1000) == (0..<1000).map({ 3 * $0 }) else { return 2 }
            closure.shutdown()
            let pool = try ProcessPool(workers: 3, startMethod: .fork)
            guard try pool.map(Spell.self, 0..<1000) == (0..<1000).map({ String($0) }) else { return 3 }
            pool.shutdown()
            return 0
          } catch { return 4 }
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `a worker whose function has closed its connection ends, and another does its work`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        for _ in 0..<3 {
          #expect(try pool.map(CloseEverything.self, 0..<20, chunkSize: 1) == Array(0..<20))
          #expect(try pool.map(Spell.self, 0..<20, chunkSize: 1) == (0..<20).map { String($0) })
        }
        pool.shutdown()
        // Without a retry, the call fails with an error that reports the worker's end.
        let single = try ProcessPool(workers: 1)
        #expect(try single.map(CloseEverything.self, 0..<2) == [0, 1])
        #expect(code { try single.map(Spell.self, 0..<20, chunkSize: 10, retries: 0) } == .died)
        #expect(try single.map(Spell.self, 0..<20, chunkSize: 10) == (0..<20).map { String($0) })
        single.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a result whose memory this process cannot open is an error with the reason`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let texts = { try pool.map(LongText.self, [3, 1_000_000, 1], chunkSize: 1).map(\.utf8.count) }
        #expect(try texts() == [3, 1_000_000, 1])
        var held: [CInt] = []
        var limits = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        setLimit(RLIMIT_NOFILE, 256)
        while case let number = dup(0), number >= 0 { held.append(number) }
        let error = poolError { try texts() }
        #expect(error?.code == .notTransferable)
        #expect(error?.message?.contains("Too many open files") == true, "\(String(describing: error))")
        #expect(error?.range == 1..<2)
        for number in held { close(number) }
        setLimit(RLIMIT_NOFILE, limits.rlim_cur)
        #expect(try texts() == [3, 1_000_000, 1])
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a wait for a result lasts as long as its timeout, and no longer`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let future = try pool.submit(Sleep.self, 3000)
        // After twice that time the result would be ready.
        #expect(code { try future.result(timeout: .milliseconds(1700)) } == .timedOut)
        #expect(try future.result() == 3000)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `many queued tasks can be cancelled in any order, and the others are done`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let before = try (0..<2).map { _ in try pool.submit(Sleep.self, 500) }
        let futures = try (0..<20_000).map { try pool.submit(Cube.self, $0) }
        let order = Array(futures.indices).shuffled()
        var dropped = Set<Int>()
        for index in order.prefix(15_000) where futures[index].cancel() { dropped.insert(index) }
        for (index, future) in futures.enumerated() {
          if dropped.contains(index) {
            #expect(code { try future.result() } == .cancelled)
          } else {
            #expect(try future.result() == index * index * index)
          }
        }
        #expect(!dropped.isEmpty)
        #expect(waitAll(before))
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }
}

private func setLimit(_ kind: __rlimit_resource, _ value: UInt) {
  var limit = rlimit()
  unsafe getrlimit(__rlimit_resource_t(kind.rawValue), &limit)
  limit.rlim_cur = value
  unsafe setrlimit(__rlimit_resource_t(kind.rawValue), &limit)
}
