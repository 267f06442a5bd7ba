import SharedArraysSystem
import TestSupport
import Testing

struct DeadlineTests {
  @Test func `a deadline without a timeout never passes`() {
    let deadline = Deadline(after: nil)
    #expect(deadline.isNever)
    #expect(!deadline.hasPassed)
    #expect(deadline.milliseconds == -1)
  }

  @Test(arguments: [
    Duration.zero, .nanoseconds(-1), .seconds(-1), .seconds(-20_000_000_000), .seconds(Int64.min),
  ])
  func `a timeout that is not positive passes at once`(timeout: Duration) {
    let deadline = Deadline(after: timeout)
    #expect(deadline.hasPassed)
    #expect(!deadline.isNever)
    #expect(deadline.milliseconds == 0)
  }

  @Test func `a timeout passes, but not early`() {
    let start = monotonicNanoseconds()
    let deadline = Deadline(after: .milliseconds(20))
    #expect(deadline.milliseconds <= 20)
    #expect(waitUntil { deadline.hasPassed })
    #expect(monotonicNanoseconds() - start >= 20_000_000)
  }

  @Test(arguments: [Duration.seconds(10_000_000_000), .seconds(Int64.max)])
  func `a timeout beyond the range of the clock never passes`(timeout: Duration) {
    #expect(Deadline(after: timeout).isNever)
  }

  @Test func `the remaining time is rounded up, so that a poll does not end early`() {
    #expect(Deadline(after: .nanoseconds(1_000_000_001_000)).milliseconds >= 999_000)
    #expect(Deadline(after: .seconds(3_000_000)).milliseconds == CInt.max)
  }

  @Test func `the earlier of two deadlines is the one that passes first`() {
    let soon = Deadline(after: .seconds(1))
    let never = Deadline(after: nil)
    #expect(!Deadline.earlier(soon, never).isNever)
    #expect(!Deadline.earlier(never, soon).isNever)
    #expect(Deadline.earlier(never, never).isNever)
  }
}
