import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: This covers the whole file. The bad address crashes the worker on purpose. The writes to
// a slot stay within the slot of the only worker, in memory that stays mapped.

/// The ways in which a worker ends in the middle of a chunk.
enum Death: Codable, Hashable {
  case signal(Int)
  case badAddress, abort, trap, overflow
  case exit(Int)
  case immediateExit(Int)

  func happen() -> Int {
    // The worker's crash report would look like a crash of the tests.
    close(2)
    switch self {
    case .signal(let number): kill(getpid(), CInt(number))
    case .badAddress: unsafe UnsafeMutablePointer<Int>(bitPattern: 16)!.pointee = 1
    case .abort: Glibc.abort()
    case .trap: fatalError("on purpose")
    case .overflow: return Int.max + openDescriptors()
    case .exit(let code): Glibc.exit(CInt(code))
    case .immediateExit(let code): _exit(CInt(code))
    }
    return 0
  }

  var expected: [ProcessTermination] {
    switch self {
    case .signal(let number): [.signaled(number)]
    case .badAddress: [.signaled(Int(SIGSEGV))]
    case .abort: [.signaled(Int(SIGABRT))]
    case .trap, .overflow: [.signaled(Int(SIGILL)), .signaled(Int(SIGTRAP))]
    case .exit(let code), .immediateExit(let code): [.exited(code: code)]
    }
  }

  static let fatalSignals = [
    SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGTERM, SIGILL, SIGFPE, SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTRAP,
    SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGXFSZ, SIGSYS, SIGVTALRM, SIGPROF, SIGSTKFLT, SIGPOLL, SIGPWR, 40,
    64,
  ].map { Death.signal(Int($0)) }

  static let others: [Death] = [
    .badAddress, .abort, .trap, .overflow, .exit(0), .exit(1), .exit(3), .immediateExit(0),
    .immediateExit(255),
  ]
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct WorkerDeathTests {
  @Test(arguments: Death.fatalSignals + Death.others)
  func `a death names worker, process, indices and cause, and the other results are kept`(death: Death) async
  {
    await #expect(processExitsWith: .success) { [death] in
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(4, workers: 4, .fixed) { chunk in
            if chunk.index == 2 {
              words[10] = currentProcess()
              return death.happen()
            }
            words[chunk.index] = 1
            return 0
          }
        }
        #expect(error.code == .died)
        #expect(death.expected.contains { $0 == error.termination }, "\(error)")
        #expect(error.worker == 2)
        #expect(error.pid == words[10])
        #expect(error.range == 20..<30)
        #expect(error.unfinishedRanges == [20..<30])
        #expect(error.additionalFailureCount == 0)
        #expect(error.mayBeOutOfMemory == (death == .signal(Int(SIGKILL))))
        #expect((0..<4).map { words[$0] } == [1, 1, 0, 1])
        #expect(processState(words[10]) == nil)
        expectNextCallIsExact()
      }
    }
  }

  @Test(arguments: [Death.signal(9), .badAddress, .exit(0)], [0, 4, 9])
  func `a single worker that dies leaves earlier chunks finished and later ones not started`(
    death: Death, at: Int
  )
    async
  {
    await #expect(processExitsWith: .success) { [death, at] in
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(10, workers: 1) { chunk in
            if chunk.index == at { return death.happen() }
            words[chunk.index] = 1
            return 0
          }
        }
        #expect(error.range == at * 10..<at * 10 + 10)
        #expect(error.unfinishedRanges == [at * 10..<100])
        #expect((0..<10).map { words[$0] } == (0..<10).map { $0 < at ? 1 : 0 })
      }
    }
  }

  @Test(arguments: [Death.signal(9), .trap, .exit(0)])
  func `no worker starts new work after a death, and the unfinished indices are exact`(death: Death) async {
    await #expect(processExitsWith: .success) { [death] in
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(400, workers: 4) { chunk in
            sleepFor(milliseconds: 1)
            if chunk.index == 50 { return death.happen() }
            words[chunk.index] = 1
            return 0
          }
        }
        #expect(error.range == 500..<510)
        #expect(error.unfinishedRanges == unmarked(words, of: 400))
        #expect((51..<400).contains { words[$0] == 0 })
        expectNextCallIsExact()
      }
    }
  }

  @Test func `deaths of all workers are counted`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(5, workers: 5, .fixed) { chunk in
            words.add(1, to: 0)
            while words[0] < 5 { sleepFor(milliseconds: 1) }
            return Death.signal(chunk.index % 2 == 0 ? 9 : 11).happen()
          }
        }
        #expect(error.code == .died)
        #expect(error.additionalFailureCount == 4)
        #expect(error.unfinishedRanges == [0..<50])
        expectNextCallIsExact()
      }
    }
  }

  @Test(arguments: [0x00, 0x01, 0x7F, 0x80, 0xFF], [true, false])
  func `garbage that a worker writes to its slot is a typed error`(byte: CInt, saysThatItThrew: Bool) async {
    await #expect(processExitsWith: .success) { [byte, saysThatItThrew] in
      inOwnProcess {
        let options = ForkedCall.Options(workers: 1, timeout: .seconds(60))
        do throws(WorkerError) {
          try unsafe ForkedCall.run(
            options, chunks: 1, range: indices(ofChunk:), isDynamic: true, resultStride: 8,
            body: { _, place in
              // The slot begins 2112 bytes before the results, and its second word is the state.
              unsafe memset(place - 2108, byte, 2030)
              if saysThatItThrew { unsafe (place - 2108).storeBytes(of: 2, as: UInt32.self) }
              _exit(1)
            }, results: { _ in })
          Issue.record("it succeeded")
        } catch {
          #expect(error.code == (saysThatItThrew ? .threw : .died))
          #expect(error.unfinishedRanges == [0..<10])
        }
        expectNextCallIsExact()
      }
    }
  }

  @Test func `a copy of a worker forked by the body cannot make an unfinished chunk look finished`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        for _ in 0..<20 {
          let words = try SharedWords()
          let error = try failure { () throws(WorkerError) in
            try run(3, workers: 1) { chunk in
              if chunk.index == 0 {
                words[0] = currentProcess()
                guard let copy = forkByHand() else { return 0 }
                // The copy dies in whatever chunk it takes. The worker waits for that before it
                // continues.
                if copy == 0 { return 0 }
                waitpid(copy, nil, 0)
              } else if currentProcess() != words[0] {
                kill(getpid(), SIGKILL)
              }
              return 0
            }
          }
          #expect(error.code == .died)
          #expect(error.unfinishedRanges == [10..<20])
        }
      }
    }
  }
}
