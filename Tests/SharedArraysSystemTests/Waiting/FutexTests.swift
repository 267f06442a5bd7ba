import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the word is aligned, and `words` keeps it mapped as long as the tests use the futex.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct FutexTests {
  private let words: SharedWords
  private let futex: Futex

  init() throws {
    words = try SharedWords()
    futex = unsafe Futex(at: words.address(of: 100))
  }

  @Test func `a wait for a word that has changed returns at once`() throws {
    words[100] = 5
    #expect(try futex.wait(while: 4, until: Deadline(after: nil)) == .changed)
    #expect(try futex.wait(while: 4, until: Deadline(after: .zero)) == .changed)
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .seconds(-20_000_000_000), .milliseconds(30)])
  func `a wait ends after its timeout, not earlier`(timeout: Duration) throws {
    let start = monotonicNanoseconds()
    #expect(try futex.wait(while: 0, until: Deadline(after: timeout)) == .timedOut)
    #expect(timeout <= .zero || monotonicNanoseconds() - start >= 30_000_000)
  }

  @Test(arguments: [true, false])
  func `a waiter in another process is woken`(hasDeadline: Bool) throws {
    var waiter = try startChild { [words, futex] in
      words[0] = 1
      let deadline = Deadline(after: hasDeadline ? .seconds(15) : nil)
      while words[100] == 0 {
        guard let outcome = try? futex.wait(while: 0, until: deadline), outcome != .timedOut else { return 1 }
      }
      return 0
    }
    #expect(words.wait(for: 0))
    #expect(try !waiter.ends(within: .milliseconds(20)))
    words[100] = 1
    #expect(futex.wake() <= 1)
    try #require(try waiter.ends())
    #expect(waiter.reap() == .exited(code: 0))
  }

  @Test func `a wake wakes the requested number of waiters`() throws {
    let children = 3
    var woken = 0
    let wait = { [futex] () -> CInt in
      (try? futex.wait(while: 0, until: Deadline(after: .seconds(15)))) == .woken ? 0 : 1
    }
    #expect(futex.wake() == 0)
    let terminations = try forkedChildren(children, wait) { [futex] in
      // Wakes one waiter at a time, until each has slept and been woken.
      let allWoken = waitUntil {
        let count = futex.wake(1)
        woken += count
        return count > 1 || woken == children
      }
      #expect(allWoken)
    }
    #expect(woken == children)
    #expect(terminations.allSatisfy { $0 == .exited(code: 0) })
  }

  @Test func `signals neither end a wait nor prolong it`() throws {
    let termination = try forkedChild { [futex] in
      interruptEveryMillisecond()
      let start = monotonicNanoseconds()
      let outcome = try? futex.wait(while: 0, until: Deadline(after: .milliseconds(80)))
      guard outcome == .timedOut else { return 1 }
      return monotonicNanoseconds() - start >= 80_000_000 ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `a killed waiter leaves nothing behind`() throws {
    var waiter = try startChild { [words, futex] in
      words[0] = 1
      _ = try? futex.wait(while: 0, until: Deadline(after: nil))
      return 0
    }
    #expect(words.wait(for: 0))
    sleepFor(milliseconds: 20)
    waiter.kill()
    #expect(waiter.reap() == .signaled(Int(SIGKILL)))
    #expect(futex.wake() == 0)
    #expect(words[100] == 0)
  }
}
