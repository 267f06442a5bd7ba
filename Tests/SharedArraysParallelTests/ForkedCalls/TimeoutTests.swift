import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct TimeoutTests {
  @Test(arguments: [0, -5, 30], Sharing.allCases)
  func `a call whose workers sleep times out, and all of them are killed`(milliseconds: Int, sharing: Sharing)
    async
  {
    await #expect(processExitsWith: .success) { [milliseconds, sharing] in
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try run(3, workers: 3, sharing, timeout: .milliseconds(milliseconds)) { _ in sleepLong() }
        }
        #expect(error.code == .deadlineExceeded)
        #expect(error.pid != nil)
        #expect(error.unfinishedRanges == [0..<30])
        #expect(error.range == nil || [0..<10, 10..<20, 20..<30].contains(error.range))
        expectNextCallIsExact()
      }
    }
  }

  @Test func `work finished before a time-out stays, and the rest is listed exactly`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(6, workers: 6, .fixed, timeout: .milliseconds(300)) { chunk in
            if chunk.index % 3 == 1 { return sleepLong() }
            words[chunk.index] = 1
            return 0
          }
        }
        #expect(error.code == .deadlineExceeded)
        #expect(error.unfinishedRanges == unmarked(words, of: 6))
        #expect(
          error.unfinishedRanges.contains { $0.contains(10) }
            && error.unfinishedRanges.contains { $0.contains(40) })
        #expect(error.range.map { error.unfinishedRanges.contains($0) } ?? true)
      }
    }
  }

  @Test func `a time-out does not affect a call that ends in time`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        for timeout in [nil, Duration.seconds(60), .seconds(Int64.max), .milliseconds(50_000)] {
          let results = try run(4, workers: 2, timeout: timeout) { $0.index }
          #expect(results == [0, 1, 2, 3])
        }
      }
    }
  }

  @Test func `a call without chunks returns at once for any time-out`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let results = try run(0, workers: 2, timeout: .seconds(-1)) { $0.index }
        #expect(results == [])
      }
    }
  }

  @Test func `a stopped worker is killed`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(2, workers: 2, .fixed, timeout: .milliseconds(2000)) { chunk in
            if chunk.index == 1 {
              words[0] = currentProcess()
              kill(getpid(), SIGSTOP)
            }
            return 0
          }
        }
        #expect(error.code == .deadlineExceeded)
        #expect(error.worker == 1)
        #expect(error.pid == words[0])
        #expect(error.range == 10..<20)
        #expect(error.unfinishedRanges == [10..<20])
        #expect(processState(words[0]) == nil)
      }
    }
  }

  @Test func `a worker that ignores or blocks every signal it can is killed`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try run(1, workers: 1, timeout: .milliseconds(200)) { _ in
            for number in 1..<32 { signal(CInt(number), SIG_IGN) }
            var all = sigset_t()
            // SAFETY: The functions use only the set that they are passed.
            unsafe sigfillset(&all)
            unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
            return sleepLong()
          }
        }
        #expect(error.code == .deadlineExceeded)
      }
    }
  }

  @Test func `the workers of a worker die with it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(1, workers: 1, timeout: .milliseconds(500)) { _ in
            try run(2, workers: 2, .fixed) { chunk in
              words[chunk.index] = currentProcess()
              return sleepLong()
            }.count
          }
        }
        #expect(error.code == .deadlineExceeded)
        // Orphans are reparented to another process, and can stay zombies there.
        #expect(
          waitUntil { (0..<2).allSatisfy { words[$0] == 0 || [nil, "Z"].contains(processState(words[$0])) } })
      }
    }
  }

  @Test func `the first failure is reported, though another worker exceeds the time-out`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try run(3, workers: 3, .fixed, timeout: .milliseconds(2000)) { chunk in
            if chunk.index == 1 { throw BadRow(number: 4) }
            return chunk.index == 2 ? sleepLong() : 0
          }
        }
        #expect(error.code == .threw)
        #expect(error.message == "Row 4 has no value.")
        #expect(error.range == 10..<20)
        #expect(error.unfinishedRanges == [10..<30])
        #expect(error.additionalFailureCount == 1)
      }
    }
  }

  @Test func `the time-out includes the wait for a BLAS call of another thread`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        onThreads(2) { thread in
          if thread == 0 {
            ForkGate.whileNotForking {
              words[0] = 1
              _ = words.wait(for: 1)
            }
          } else {
            _ = words.wait(for: 0)
            do throws(WorkerError) {
              _ = try run(2, workers: 2, timeout: .milliseconds(100)) { $0.index }
            } catch {
              words[2] = error.code == .deadlineExceeded ? 1 : 2
              words[3] = error.unfinishedRanges == [0..<20] ? 1 : 2
            }
            // The other thread is still at the gate: the call did not wait for it.
            words[1] = 1
          }
        }
        #expect(words[2] == 1)
        #expect(words[3] == 1)
        expectNextCallIsExact()
      }
    }
  }
}

/// Sleeps longer than any test lasts.
func sleepLong() -> Int {
  sleepFor(milliseconds: 600_000)
  return -1
}
