import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct StartFailureTests {
  @Test(
    .needsFaultInjection, arguments: ["eventfd", "fork", "pidfd_open", "write"],
    [0, 1, 3])
  func `a worker that cannot be started ends the call, and the started ones are reaped`(
    call: String, skip: Int
  )
    async
  {
    await #expect(processExitsWith: .success) { [call, skip] in
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try FaultInjection.failing(call, with: ErrorCode.wouldBlock, afterCalls: skip) {
            () throws(WorkerError) in
            try run(4, workers: 4, .fixed) { _ in sleepLong() }
          }
        }
        #expect(error.code == .cannotStart)
        #expect(error.worker == skip)
        #expect(error.message?.hasPrefix("\(call) failed: ") == true)
        #expect(error.unfinishedRanges == [0..<40])
        expectNextCallIsExact()
      }
    }
  }

  @Test(.needsFaultInjection, arguments: Sharing.allCases)
  func `no worker is started without memory for the results`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try FaultInjection.failing("mmap", with: ErrorCode.noMemory) { () throws(WorkerError) in
            try run(4, workers: 4, sharing) { $0.index }
          }
        }
        #expect(error.code == .cannotStart)
        #expect(error.description.contains("mmap failed: Cannot allocate memory"))
        #expect(error.unfinishedRanges == [0..<40])
        expectNextCallIsExact()
      }
    }
  }

  @Test func `results that no machine can hold are an error`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let options = ForkedCall.Options(workers: 2, timeout: nil)
        for stride in [1 << 40, 1 << 59, Int.max] {
          do throws(WorkerError) {
            // SAFETY: The closures do not use their pointers.
            try unsafe ForkedCall.run(
              options, chunks: 8, range: indices(ofChunk:), isDynamic: true, resultStride: stride,
              body: { _, _ in }, results: { _ in })
            Issue.record("\(stride) bytes a result were had")
          } catch {
            #expect(error.code == .cannotStart)
            #expect(error.unfinishedRanges == [0..<80])
          }
        }
      }
    }
  }

  @Test(.needsFaultInjection)
  func `workers that cannot be watched are killed`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try FaultInjection.failing("poll", with: ErrorCode.noMemory) { () throws(WorkerError) in
            try run(3, workers: 3) { _ in sleepLong() }
          }
        }
        #expect(error.code == .cannotStart)
        #expect(error.unfinishedRanges == [0..<30])
        expectNextCallIsExact()
      }
    }
  }

  @Test(
    .needsFaultInjection, arguments: ["fork", "poll", "pidfd_open", "mmap", "eventfd"])
  func `an interrupted call is retried`(call: String) async {
    await #expect(processExitsWith: .success) { [call] in
      inOwnProcess {
        let results = try FaultInjection.failing(call, with: ErrorCode.interrupted) {
          try run(3, workers: 2) { $0.index }
        }
        #expect(results == [0, 1, 2])
      }
    }
  }

  @Test func `a call is exact or a typed error at every limit of open descriptors, and leaves none open`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let termination = try forkedChild {
          // A process creates the pipe that ends its children with its first child, and keeps it.
          guard (try? ParentDeathPipe.own()) != nil else { return 99 }
          let open = openDescriptors()
          var failures: CInt = 0
          for limit in 0..<40 {
            setLimit(RLIMIT_NOFILE, UInt(limit))
            do throws(WorkerError) {
              guard try run(4, workers: 4, .fixed, { $0.index }) == [0, 1, 2, 3] else { return 100 }
            } catch {
              failures += 1
              guard error.code == .cannotStart, error.message?.contains("Too many open files") == true else {
                return 101
              }
            }
            setLimit(RLIMIT_NOFILE, 1024)
            if openDescriptors() != open { return 102 }
            if waitpid(-1, nil, WNOHANG) != -1 { return 103 }
          }
          return failures > 0 && failures < 40 ? 0 : 104
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test(.needsRoot, arguments: [0, 1, 3])
  func `started workers are reaped if the process limit prevents further ones`(others: Int) async {
    await #expect(processExitsWith: .success) { [others] in
      inOwnProcess {
        let termination = try forkedChild {
          // A user ID that no other process has, so that only these processes count.
          guard setuid(1_200_000_000 + uid_t(getpid())) == 0 else { return 1 }
          setLimit(__RLIMIT_NPROC, UInt(1 + others))
          do throws(WorkerError) {
            _ = try run(4, workers: 4, .fixed) { _ in sleepLong() }
            return 2
          } catch {
            guard error.code == .cannotStart, error.worker == others else { return 3 }
            guard error.message?.hasPrefix("fork failed: ") == true, error.unfinishedRanges == [0..<40] else {
              return 4
            }
          }
          return waitpid(-1, nil, WNOHANG) == -1 ? 0 : 5
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `a BLAS call that never ends is named as the reason why a fork waits`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try ForkGate.whileNotForking { () throws(WorkerError) in
            try run(2, workers: 2, gateTimeout: .milliseconds(50)) { $0.index }
          }
        }
        #expect(error.code == .cannotStart)
        #expect(error.message?.contains("BLAS") == true)
        #expect(error.unfinishedRanges == [0..<20])
        expectNextCallIsExact()
      }
    }
  }
}

private func setLimit(_ kind: __rlimit_resource, _ value: UInt) {
  var limit = rlimit()
  // SAFETY: The functions use only the structure that they are passed.
  unsafe getrlimit(__rlimit_resource_t(kind.rawValue), &limit)
  limit.rlim_cur = value
  unsafe setrlimit(__rlimit_resource_t(kind.rawValue), &limit)
}
