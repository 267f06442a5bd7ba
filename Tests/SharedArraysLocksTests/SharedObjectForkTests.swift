import Glibc
import SharedArraysLocks
import SharedArraysSystem
import TestSupport
import Testing

/// Processes that fork while they hold an object: the child holds none of it, and does not block
/// its parent more than any other process would.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedObjectForkTests {
  @Test func `a child forked in the middle of a change does not repeat it`() async {
    await #expect(processExitsWith: .success) {
      let value = try SharedValue(1)
      let code = exitCodeOfChild { fork in
        let error = lockError { try value.withLock { $0 = fork() ? 9 : 5 } }
        return error == .notOwner ? 0 : 1
      }
      #expect(try code == 0 && value.load() == 5)
    }
  }

  @Test(arguments: [true, false])
  func `a child forked while its parent holds a permit does not release it`(isBounded: Bool) async {
    await #expect(processExitsWith: .success) { [isBounded] in
      let semaphore = try SharedSemaphore(permits: 2, isBounded: isBounded)
      let code = exitCodeOfChild { fork in
        var isChild = false
        try? semaphore.withPermit { isChild = fork() }
        return isChild ? 0 : 1
      }
      #expect(try code == 0 && semaphore.permits() == 2)
    }
  }

  @Test func `a child forked while its parent holds a lock keeps the shares that it took itself`() async {
    await #expect(processExitsWith: .success) {
      let lock = try SharedReadWriteLock()
      let code = exitCodeOfChild { fork in
        try? lock.withReadLock { if fork() { try lock.lockForReading() } }
        return lockError { try lock.unlockForReading() } == nil ? 0 : 1
      }
      #expect(code == 0)
      try lock.withWriteLock(timeout: .zero) {}
    }
  }

  @Test func `a child forked in a barrier's action releases no party`() async {
    await #expect(processExitsWith: .success) {
      let barrier = try SharedBarrier(parties: 1)
      var turns = 0
      let code = exitCodeOfChild { fork in
        var isChild = false
        let error = lockError { try barrier.wait { isChild = fork() } }
        if !isChild { turns += 1 }
        return isChild && error == .notOwner ? 0 : 1
      }
      #expect(try code == 0 && turns == 1 && !barrier.isBroken())
      #expect(try barrier.wait(timeout: .zero) == 0)
    }
  }
}
