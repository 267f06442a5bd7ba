import Foundation
import SharedArraysSystem
import Synchronization
import TestSupport
import Testing

@Suite(.needsFaultInjection)
struct FaultInjectionTests {
  @Test(arguments: [0, 1, 3])
  func `the chosen call fails once`(skip: Int) {
    FaultInjection.failing("first", with: ErrorCode.noSpace, afterCalls: skip) {
      let failures = (0..<6).map { _ in fails("first") }
      #expect(failures == (0..<6).map { $0 == skip })
    }
  }

  @Test func `the chosen call and all later ones fail`() {
    FaultInjection.failing("first", with: ErrorCode.noSpace, afterCalls: 2, forEver: true) {
      #expect((0..<5).map { _ in fails("first") } == [false, false, true, true, true])
    }
  }

  @Test func `a call of another name is let through and not counted as skipped`() {
    FaultInjection.failing("first", with: ErrorCode.noSpace, afterCalls: 1) {
      #expect([fails("first"), fails("second"), fails("first")] == [false, false, true])
    }
  }

  @Test func `a star matches any call`() {
    FaultInjection.failing("*", with: ErrorCode.noSpace, afterCalls: 1) {
      #expect([fails("first"), fails("second"), fails("third")] == [false, true, false])
    }
  }

  @Test func `calls of several names fail, each by its own rule`() {
    FaultInjection.failing("first", with: ErrorCode.noSpace, forEver: true) {
      FaultInjection.failing("second", with: ErrorCode.noSpace, afterCalls: 1) {
        #expect(
          [fails("first"), fails("second"), fails("second"), fails("third")] == [true, false, true, false])
        #expect(FaultInjection.countingCalls { _ = fails("first") } == 1)
      }
      #expect([fails("first"), fails("second")] == [true, false])
    }
    #expect(!fails("first"))
  }

  @Test func `no call fails after the body has returned or thrown`() {
    #expect(throws: SystemError.self) {
      try FaultInjection.failing("*", with: ErrorCode.noSpace, forEver: true) {
        _ = try systemCall("first") { CInt(0) }
      }
    }
    #expect(!fails("first"))
  }

  @Test func `the body of a failing call does not run`() {
    FaultInjection.failing("first", with: ErrorCode.noSpace) {
      var ran = false
      _ = try? systemCall("first") { () -> CInt in
        ran = true
        return 0
      }
      #expect(!ran)
    }
  }

  @Test func `calls are counted`() {
    let count = FaultInjection.countingCalls {
      for _ in 0..<3 { _ = fails("first") }
      _ = fails("second")
    }
    #expect(count == 4)
  }

  @Test func `the calls of other threads do not fail`() {
    let failed = Atomic(true)
    FaultInjection.failing("*", with: ErrorCode.noSpace, forEver: true) {
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        failed.store(fails("first"), ordering: .relaxed)
        done.signal()
      }
      done.wait()
    }
    let otherThreadFailed = failed.load(ordering: .relaxed)
    #expect(!otherThreadFailed)
  }
}

private func fails(_ name: StaticString) -> Bool {
  (try? systemCall(name) { CInt(0) }) == nil
}
