import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: This covers the whole file. `handled` leads to a word of shared memory that stays mapped
// for the test, and is set before the handlers are installed. The other functions receive local
// variables.

/// The state of the signal handlers, which cannot capture anything.
private nonisolated(unsafe) var handled: UnsafeMutablePointer<Int>?

@Suite(.serialized, .timeLimit(.minutes(2)))
struct WorkerSignalTests {
  @Test(arguments: Sharing.allCases)
  func `calls are exact while a signal interrupts the parent every millisecond`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        let termination = try forkedChild(within: .seconds(60)) {
          interruptEveryMillisecond()
          for round in 0..<40 {
            let results = try? run(3, workers: 3, sharing) { chunk in
              sleepFor(milliseconds: 10)
              return chunk.index + round
            }
            if results != [round, round + 1, round + 2] { return CInt(1 + round) }
          }
          do throws(WorkerError) {
            _ = try run(2, workers: 2, sharing, timeout: .milliseconds(50)) { _ in sleepLong() }
            return 100
          } catch {
            return error.code == .deadlineExceeded ? 0 : 101
          }
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `calls are exact while the program ignores SIGCHLD`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        signal(SIGCHLD, SIG_IGN)
        try callAgainAndAgain()
      }
    }
  }

  @Test func `calls are exact while a handler of the program reaps all children`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let termination = try forkedChild(within: .seconds(60)) {
          signal(SIGCHLD) { _ in while waitpid(-1, nil, WNOHANG) > 0 {} }
          guard (try? callAgainAndAgain()) != nil else { return 1 }
          return 0
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `calls are exact while another thread reaps all children`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        onThread {
          while words[0] == 0 { if waitpid(-1, nil, WNOHANG) > 0 { words.add(1, to: 2) } }
          words[1] = 1
        }
        defer {
          words[0] = 1
          #expect(words.wait(for: 1))
        }
        try callAgainAndAgain()
      }
    }
  }

  @Test func `handlers of the program do not run in a worker`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        unsafe handled = words.address(of: 0).assumingMemoryBound(to: Int.self)
        for number in [SIGUSR1, SIGTERM, SIGSEGV, SIGALRM] {
          signal(number) { _ in unsafe handled?.pointee += 1 }
          let error = try failure { () throws(WorkerError) in
            try run(1, workers: 1) { _ in
              kill(getpid(), number)
              return 0
            }
          }
          #expect(error.termination == .signaled(Int(number)))
          // The program itself still has the handler.
          words[0] = 0
          raiseUnblocked(number)
          #expect(words[0] == 1)
        }
      }
    }
  }

  @Test func `a worker ignores and blocks no signal, and the program's mask stays`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        var wanted = sigset_t()
        unsafe sigemptyset(&wanted)
        unsafe sigaddset(&wanted, SIGUSR1)
        unsafe sigaddset(&wanted, SIGINT)
        unsafe pthread_sigmask(SIG_SETMASK, &wanted, nil)
        for number in [SIGPIPE, SIGINT, SIGHUP, SIGCHLD] { signal(number, SIG_IGN) }
        let wrong = try run(1, workers: 1) { _ in
          (1..<65).count { isBlocked(CInt($0)) || !isDefault(CInt($0)) }
        }
        #expect(wrong == [0])
        let blocked = (1..<65).filter { isBlocked(CInt($0)) }
        #expect(blocked == [Int(SIGINT), Int(SIGUSR1)])
        #expect(!isDefault(SIGPIPE))
      }
    }
  }

  @Test func `an interrupt of the whole group ends the workers, and the program receives it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        unsafe handled = words.address(of: 0).assumingMemoryBound(to: Int.self)
        var parent = try startChild {
          setpgid(0, 0)
          signal(SIGINT) { _ in unsafe handled?.pointee += 1 }
          do throws(WorkerError) {
            _ = try run(2, workers: 2, .fixed) { chunk in
              words[1 + chunk.index] = 1
              return sleepLong()
            }
            return 1
          } catch {
            return error.termination == .signaled(Int(SIGINT)) && error.additionalFailureCount == 1 ? 0 : 2
          }
        }
        #expect(words.wait(for: 1) && words.wait(for: 2))
        kill(-pid_t(parent.pid), SIGINT)
        let termination = parent.reap()
        #expect(termination == .exited(code: 0))
        #expect(words[0] == 1)
      }
    }
  }
}

/// Makes short calls, in which workers often end before the parent polls, and calls that fail.
private func callAgainAndAgain() throws {
  for round in 0..<150 {
    let results = try run(4, workers: 4, round % 2 == 0 ? .fixed : .claimed) { $0.index + round }
    if results != (0..<4).map({ $0 + round }) { throw BadRow(number: round) }
  }
  for _ in 0..<10 {
    do throws(WorkerError) {
      _ = try run(2, workers: 2, .fixed) { chunk in
        if chunk.index == 1 { kill(getpid(), SIGKILL) }
        return 0
      }
    } catch {
      // The kernel reports how the worker ended. The termination can be unknown before Linux 6.15.
      let isKnown = error.termination == .signaled(Int(SIGKILL)) || error.termination == .unknown
      if error.code == .died, isKnown, error.unfinishedRanges == [10..<20] { continue }
      throw error
    }
    throw BadRow(number: -1)
  }
}

private func isBlocked(_ signal: CInt) -> Bool {
  var mask = sigset_t()
  unsafe pthread_sigmask(SIG_SETMASK, nil, &mask)
  return unsafe sigismember(&mask, signal) == 1
}

/// Returns whether a signal has its default action, also for the two signals that the C library
/// reserves.
private func isDefault(_ signal: CInt) -> Bool {
  var action = sigaction()
  guard unsafe sigaction(signal, nil, &action) == 0 else { return true }
  return unsafe action.__sigaction_handler.sa_handler == nil
}

private func raiseUnblocked(_ number: CInt) {
  var one = sigset_t()
  unsafe sigemptyset(&one)
  unsafe sigaddset(&one, number)
  unsafe pthread_sigmask(SIG_UNBLOCK, &one, nil)
  raise(number)
}
