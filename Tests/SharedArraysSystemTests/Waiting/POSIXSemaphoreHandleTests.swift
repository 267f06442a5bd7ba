import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the address is aligned to 8 bytes, no other word near it is used, and `words` keeps the
// memory mapped as long as the tests use the semaphore.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct POSIXSemaphoreHandleTests {
  private let words: SharedWords

  init() throws { words = try SharedWords() }

  private func semaphore(_ value: Int) throws -> POSIXSemaphoreHandle {
    try unsafe POSIXSemaphoreHandle(creatingAt: words.address(of: 100), value: value)
  }

  @Test func `a semaphore fits a cache line`() {
    #expect((1...64).contains(POSIXSemaphoreHandle.byteCount))
    #expect([4, 8, 16, 32, 64].contains(POSIXSemaphoreHandle.alignment))
  }

  @Test(arguments: [0, 1, 5])
  func `a new semaphore has the given number of permits`(value: Int) throws {
    let semaphore = try semaphore(value)
    #expect(semaphore.value == value)
    for _ in 0..<value { #expect(try semaphore.tryWait()) }
    #expect(try !semaphore.tryWait())
    #expect(try !semaphore.wait(until: Deadline(after: .zero)))
    try semaphore.post()
    #expect(try semaphore.wait(until: Deadline(after: nil)))
    #expect(semaphore.value == 0)
  }

  @Test(arguments: [Int(CInt.max) + 1, Int.max, -1])
  func `a value out of range is refused`(value: Int) throws {
    if value < 0 {
      #expect(try semaphore(value).value == 0)
    } else {
      #expect(throws: SystemError(call: "sem_init", code: EINVAL)) { try semaphore(value) }
    }
  }

  @Test func `posting above the largest value is an error and changes nothing`() throws {
    let semaphore = try semaphore(Int(CInt.max))
    #expect(throws: SystemError(call: "sem_post", code: ErrorCode.overflow)) { try semaphore.post() }
    #expect(semaphore.value == CInt.max)
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .seconds(-20_000_000_000), .milliseconds(30)])
  func `a wait ends after its timeout, not earlier`(timeout: Duration) throws {
    let semaphore = try semaphore(0)
    let start = monotonicNanoseconds()
    #expect(try !semaphore.wait(until: Deadline(after: timeout)))
    #expect(timeout <= .zero || monotonicNanoseconds() - start >= 30_000_000)
  }

  @Test func `a free permit is taken even after the deadline`() throws {
    #expect(try semaphore(1).wait(until: Deadline(after: .seconds(-1))))
  }

  @Test(arguments: [true, false])
  func `a post wakes a waiter in another process`(hasDeadline: Bool) throws {
    let semaphore = try semaphore(0)
    var waiter = try startChild { [words] in
      words[0] = 1
      return (try? semaphore.wait(until: Deadline(after: hasDeadline ? .seconds(15) : nil))) == true ? 0 : 1
    }
    #expect(words.wait(for: 0))
    #expect(try !waiter.ends(within: .milliseconds(20)))
    try semaphore.post()
    try #require(try waiter.ends())
    #expect(waiter.reap() == .exited(code: 0))
    #expect(semaphore.value == 0)
  }

  @Test func `signals neither end a wait nor prolong it`() throws {
    let semaphore = try semaphore(0)
    let termination = try forkedChild {
      interruptEveryMillisecond()
      let start = monotonicNanoseconds()
      guard (try? semaphore.wait(until: Deadline(after: .milliseconds(80)))) == false else { return 1 }
      return monotonicNanoseconds() - start >= 80_000_000 ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `a killed process does not give back its permits`() throws {
    let semaphore = try semaphore(3)
    var holder = try startChild { [words] in
      words[0] = (try? semaphore.tryWait()) == true ? 1 : 2
      sleepFor(milliseconds: 30_000)
      return 0
    }
    #expect(words.wait(for: 0))
    holder.kill()
    #expect(holder.reap() == .signaled(Int(SIGKILL)))
    #expect(semaphore.value == 2)
  }

  @Test func `a killed waiter takes no permit`() throws {
    let semaphore = try semaphore(0)
    var waiter = try startChild { [words] in
      words[0] = 1
      _ = try? semaphore.wait(until: Deadline(after: nil))
      return 0
    }
    #expect(words.wait(for: 0))
    sleepFor(milliseconds: 20)
    waiter.kill()
    #expect(waiter.reap() == .signaled(Int(SIGKILL)))
    try semaphore.post()
    #expect(semaphore.value == 1)
    #expect(try semaphore.tryWait())
  }

  @Test func `no permit is lost or doubled between processes`() throws {
    let semaphore = try semaphore(2)
    let terminations = try forkedChildren(4) { [words] in
      for _ in 0..<2_000 {
        guard (try? semaphore.wait(until: Deadline(after: .seconds(15)))) == true else { return 1 }
        if words.add(1, to: 0) >= 2 { return 2 }
        words.add(-1, to: 0)
        guard (try? semaphore.post()) != nil else { return 3 }
      }
      return 0
    }
    #expect(terminations.allSatisfy { $0 == .exited(code: 0) })
    #expect(semaphore.value == 2)
  }
}
