import Foundation
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ForkGateTests {
  @Test func `the gate passes on the result and the error of a call`() {
    #expect(ForkGate.whileNotForking { 7 } == 7)
    #expect(throws: SystemError(call: "x", code: 1)) {
      try ForkGate.whileNotForking { throw SystemError(call: "x", code: 1) }
    }
    #expect(ForkGate.whileNotForking { 8 } == 8)
  }

  @Test func `forks succeed while other threads call again and again`() throws {
    let words = try SharedWords()
    for _ in 0..<2 {
      Thread.detachNewThread {
        while words[0] == 0 {
          ForkGate.whileNotForking { sleepFor(milliseconds: 1) }
          words.add(1, to: 1)
        }
        words.add(1, to: 2)
      }
    }
    #expect(waitUntil { words[1] > 10 })
    for _ in 0..<20 {
      #expect(try forkedChild { 5 } == .exited(code: 5))
    }
    let before = words[1]
    #expect(waitUntil { words[1] > before + 2 })
    words[0] = 1
    #expect(waitUntil { words[2] == 2 })
  }

  @Test func `a fork does not begin while a call is under way`() throws {
    let words = try SharedWords()
    Thread.detachNewThread {
      ForkGate.whileNotForking {
        words[0] = 1
        sleepFor(milliseconds: 50)
        words[1] = 1
      }
    }
    #expect(words.wait(for: 0))
    #expect(try forkedChild { CInt(words[1]) } == .exited(code: 1))
  }

  @Test func `a call that outlasts the deadline of a fork stops the fork, and calls go on`() throws {
    ForkGate.whileNotForking {
      for timeout in [Duration.zero, .milliseconds(30)] {
        let start = monotonicNanoseconds()
        var isComputing = false
        do throws(ForkError) {
          _ = try ChildProcess.fork(waitingUntil: Deadline(after: timeout)) { 0 }
        } catch {
          if case .computing = error { isComputing = true }
        }
        #expect(isComputing)
        #expect(monotonicNanoseconds() - start >= timeout.components.attoseconds / 1_000_000_000)
      }
    }
    #expect(ForkGate.whileNotForking { 1 } == 1)
    #expect(try forkedChild { 3 } == .exited(code: 3))
  }

  @Test func `a call within a call passes the gate while a fork waits for the outer one`() throws {
    let words = try SharedWords()
    Thread.detachNewThread {
      ForkGate.whileNotForking {
        words[0] = 1
        // Long enough for the fork below to reach the gate.
        sleepFor(milliseconds: 50)
        ForkGate.whileNotForking { words[1] = 1 }
      }
    }
    #expect(words.wait(for: 0))
    #expect(try forkedChild { CInt(words[1]) } == .exited(code: 1))
  }

  @Test func `the gate is open in a child, and its children can be forked`() throws {
    let termination = try forkedChild {
      guard ForkGate.whileNotForking({ true }) else { return 1 }
      return (try? forkedChild { 9 }) == .exited(code: 9) ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
  }
}
