import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ForkStallTests {
  @Test(arguments: [1, 3], Sharing.allCases)
  func `workers that do not start running are forked once more`(stalls: Int, sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [stalls, sharing] in
      inOwnProcess {
        let words = try stallingChildren { $0 < stalls ? 600_000 : 0 }
        let results = try run(3, workers: 3, sharing, startTimeout: .milliseconds(1500)) { chunk in
          words.add(1, to: 10 + chunk.index)
          return chunk.index
        }
        #expect(results == [0, 1, 2])
        #expect((10..<13).map { words[$0] } == [1, 1, 1])
        // Other children might have stalled, too, on a slow machine.
        #expect(words[0] >= 3 + stalls)
      }
    }
  }

  @Test(arguments: Sharing.allCases)
  func `a worker that fails to start running twice is a typed error`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        let words = try stallingChildren { _ in 600_000 }
        let error = try failure { () throws(WorkerError) in
          try run(3, workers: 3, sharing, startTimeout: .milliseconds(100)) { $0.index }
        }
        #expect(error.code == .forkStalled)
        #expect(error.range == nil)
        #expect(error.unfinishedRanges == [0..<30])
        #expect(words[0] == 6)
      }
    }
  }

  @Test(arguments: Sharing.allCases)
  func `a worker that deadlocks in its work is a typed error`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        // A lock that a thread of the parent holds at the fork, and that no thread releases in the
        // child.
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        // SAFETY: The mutex is initialized before its first use, and deallocated after its last use
        // in this process.
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_mutex_lock(lock)
        let error = try failure { () throws(WorkerError) in
          try run(2, workers: 2, sharing) { chunk in
            if chunk.index == 1 { unsafe pthread_mutex_lock(lock) }
            return chunk.index
          }
        }
        #expect(error.code == .forkStalled && error.unfinishedRanges == [10..<20])
        #expect(error.range == 10..<20)
        unsafe pthread_mutex_unlock(lock)
        unsafe lock.deallocate()
        expectNextCallIsExact()
      }
    }
  }

  @Test func `a time-out ends the wait for a worker that does not start running`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        _ = try stallingChildren { _ in 600_000 }
        let error = try failure { () throws(WorkerError) in
          try run(3, workers: 3, timeout: .milliseconds(100)) { $0.index }
        }
        #expect(error.code == .deadlineExceeded)
        #expect(error.unfinishedRanges == [0..<30])
      }
    }
  }

  @Test func `an error of one worker is kept while another worker stalls`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try stallingChildren { $0 == 0 ? 0 : 600_000 }
        let error = try failure { () throws(WorkerError) in
          try run(2, workers: 2, .fixed, startTimeout: .milliseconds(1500)) { chunk in
            throw BadRow(number: chunk.index)
          }
        }
        #expect(error.code == .threw)
        #expect(error.message == "Row 0 has no value.")
        #expect(error.additionalFailureCount == 1)
        #expect(words[0] >= 3)
      }
    }
  }

  @Test(arguments: Sharing.allCases)
  func `a worker that starts exactly at the deadline does its work once or never`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        let words = try stallingChildren { (500 + $0 * 37 % 3000) / 1000 }
        var successes = 0
        for round in 0..<250 {
          for chunk in 0..<3 { words[10 + chunk] = 0 }
          do throws(WorkerError) {
            let results = try run(3, workers: 3, sharing, startTimeout: .milliseconds(2)) { chunk in
              words.add(1, to: 10 + chunk.index)
              sleepFor(milliseconds: 1)
              return chunk.index
            }
            successes += 1
            #expect(results == [0, 1, 2], "in round \(round)")
            #expect((10..<13).map { words[$0] } == [1, 1, 1], "in round \(round)")
          } catch {
            #expect(error.code == .forkStalled, "\(error)")
            #expect((10..<13).allSatisfy { words[$0] <= 1 }, "in round \(round)")
          }
        }
        #expect(successes > 0)
      }
    }
  }
}
