import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the addresses are aligned to 8 bytes, no other words near them are used, and `words`
// keeps the memory mapped as long as the tests use the mutexes.

/// The three calls that lock a mutex.
enum LockingCall: CaseIterable {
  case lock, tryLock, timedLock

  func callAsFunction(_ mutex: RobustMutex) throws(SystemError) -> RobustMutex.Outcome {
    switch self {
    case .lock: try mutex.lock(until: Deadline(after: nil))
    case .tryLock: try mutex.tryLock()
    case .timedLock: try mutex.lock(until: Deadline(after: .seconds(10)))
    }
  }
}

// No test may end with the mutex locked, because its memory is unmapped then.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RobustMutexTests {
  private let words: SharedWords
  private let mutex: RobustMutex

  init() throws {
    words = try SharedWords()
    mutex = try unsafe RobustMutex(creatingAt: words.address(of: 100))
  }

  @Test func `a mutex fits a cache line`() {
    #expect((1...64).contains(RobustMutex.byteCount))
    #expect([4, 8, 16, 32, 64].contains(RobustMutex.alignment))
  }

  @Test(arguments: LockingCall.allCases)
  func `a free mutex is locked, a held one is not`(lock: LockingCall) throws {
    #expect(try lock(mutex) == .acquired)
    let termination = try forkedChild { [mutex] in
      guard (try? mutex.tryLock()) == .unavailable else { return 1 }
      return (try? mutex.lock(until: Deadline(after: .milliseconds(10)))) == .unavailable ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
    try mutex.unlock()
    #expect(try lock(mutex) == .acquired)
    try mutex.unlock()
  }

  @Test(arguments: LockingCall.allCases)
  func `the next owner learns that the last one was killed, and repairs the mutex`(lock: LockingCall) throws {
    try leaveWithKilledOwner()
    #expect(try lock(mutex) == .ownerDied)
    try mutex.makeConsistent()
    try mutex.unlock()
    #expect(try lock(mutex) == .acquired)
    try mutex.unlock()
    try leaveWithKilledOwner()
    #expect(try lock(mutex) == .ownerDied)
    try mutex.unlock()
  }

  @Test(arguments: LockingCall.allCases)
  func `a mutex that no owner has repaired can never be locked again`(lock: LockingCall) throws {
    try leaveWithKilledOwner()
    #expect(try mutex.tryLock() == .ownerDied)
    try mutex.unlock()
    for _ in 0..<2 {
      let error = #expect(throws: SystemError.self) { try lock(mutex) }
      #expect(error?.code == ErrorCode.notRecoverable)
    }
    let termination = try forkedChild { [mutex] in
      do throws(SystemError) {
        _ = try lock(mutex)
        return 1
      } catch {
        return error.code == ErrorCode.notRecoverable ? 0 : 2
      }
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `an owner that exits without unlocking is a dead owner too`() throws {
    let termination = try forkedChild { [mutex] in (try? mutex.tryLock()) == .acquired ? 0 : 1 }
    #expect(termination == .exited(code: 0))
    #expect(try mutex.tryLock() == .ownerDied)
    try mutex.unlock()
  }

  @Test func `a repairer that dies leaves the repair to the next owner`() throws {
    try leaveWithKilledOwner()
    let termination = try forkedChild { [mutex] in (try? mutex.tryLock()) == .ownerDied ? 0 : 1 }
    #expect(termination == .exited(code: 0))
    #expect(try mutex.tryLock() == .ownerDied)
    try mutex.makeConsistent()
    try mutex.unlock()
    #expect(try mutex.tryLock() == .acquired)
    try mutex.unlock()
  }

  @Test(arguments: [true, false])
  func `a waiter is woken by the death of the owner`(hasDeadline: Bool) throws {
    var owner = try startChild { [words, mutex] in hold(mutex, words) }
    #expect(words.wait(for: 0))
    var waiter = try startChild { [words, mutex] in
      words[1] = 1
      return (try? mutex.lock(until: Deadline(after: hasDeadline ? .seconds(15) : nil))) == .ownerDied ? 0 : 1
    }
    #expect(words.wait(for: 1))
    #expect(try !waiter.ends(within: .milliseconds(30)))
    owner.kill()
    try #require(try waiter.ends())
    #expect(waiter.reap() == .exited(code: 0))
    #expect(owner.reap() == .signaled(Int(SIGKILL)))
  }

  @Test func `a killed waiter leaves no trace`() throws {
    #expect(try mutex.tryLock() == .acquired)
    var waiter = try startChild { [words, mutex] in
      words[1] = 1
      _ = try? mutex.lock(until: Deadline(after: nil))
      return 0
    }
    #expect(words.wait(for: 1))
    sleepFor(milliseconds: 20)
    waiter.kill()
    #expect(waiter.reap() == .signaled(Int(SIGKILL)))
    try mutex.unlock()
    #expect(try mutex.tryLock() == .acquired)
    try mutex.unlock()
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .seconds(-20_000_000_000), .milliseconds(30)])
  func `a wait ends after its timeout, not earlier`(timeout: Duration) throws {
    var owner = try startChild { [words, mutex] in hold(mutex, words) }
    #expect(words.wait(for: 0))
    let start = monotonicNanoseconds()
    #expect(try mutex.lock(until: Deadline(after: timeout)) == .unavailable)
    #expect(timeout <= .zero || monotonicNanoseconds() - start >= 30_000_000)
    owner.kill()
    _ = owner.reap()
  }

  @Test func `signals neither end a wait nor prolong it`() throws {
    var owner = try startChild { [words, mutex] in hold(mutex, words) }
    #expect(words.wait(for: 0))
    let termination = try forkedChild { [mutex] in
      interruptEveryMillisecond()
      let start = monotonicNanoseconds()
      guard (try? mutex.lock(until: Deadline(after: .milliseconds(80)))) == .unavailable else { return 1 }
      return monotonicNanoseconds() - start >= 80_000_000 ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
    owner.kill()
    _ = owner.reap()
  }

  @Test func `only the owner unlocks`() throws {
    #expect(throws: SystemError(call: "pthread_mutex_unlock", code: EPERM)) { try mutex.unlock() }
    #expect(try mutex.tryLock() == .acquired)
    // A forked child has other threads than its parent, so it owns no mutex.
    let termination = try forkedChild { [mutex] in (try? mutex.unlock()) == nil ? 0 : 1 }
    #expect(termination == .exited(code: 0))
    try mutex.unlock()
  }

  @Test func `the owner of a plain mutex cannot lock it again`() throws {
    #expect(try mutex.tryLock() == .acquired)
    for lock in LockingCall.allCases {
      let error = #expect(throws: SystemError.self) { try lock(mutex) }
      #expect(error?.code == ErrorCode.deadlock)
    }
    try mutex.unlock()
  }

  @Test func `the owner of a recursive mutex unlocks as often as it locked`() throws {
    let recursive = try unsafe RobustMutex(creatingAt: words.address(of: 200), recursive: true)
    for _ in 0..<3 { #expect(try recursive.tryLock() == .acquired) }
    for expected in [RobustMutex.Outcome.unavailable, .unavailable, .acquired] {
      try recursive.unlock()
      let termination = try forkedChild { (try? recursive.tryLock()) == expected ? 0 : 1 }
      #expect(termination == .exited(code: 0))
    }
    #expect(try recursive.tryLock() == .ownerDied)
    try recursive.unlock()
  }

  @Test func `a sound mutex cannot be marked as repaired`() throws {
    #expect(throws: SystemError(call: "pthread_mutex_consistent", code: EINVAL)) {
      try mutex.makeConsistent()
    }
  }

  @Test func `processes exclude each other`() throws {
    let children = 4
    let rounds = 2_000
    let terminations = try forkedChildren(children) { [words, mutex] in
      for _ in 0..<rounds {
        guard (try? mutex.lock(until: Deadline(after: .seconds(15)))) == .acquired else { return 1 }
        // Two steps, so that two processes in the critical section would lose an addition.
        let value = words[0]
        words[0] = value + 1
        guard (try? mutex.unlock()) != nil else { return 2 }
      }
      return 0
    }
    #expect(terminations.allSatisfy { $0 == .exited(code: 0) })
    #expect(words[0] == children * rounds)
  }

  @Test func `owners killed at any moment do not stop other processes`() throws {
    for round in 0..<20 {
      var victim = try startChild { [mutex] in
        while true {
          guard let outcome = try? mutex.lock(until: Deadline(after: .seconds(15))) else { return 1 }
          if outcome == .ownerDied { try? mutex.makeConsistent() }
          try? mutex.unlock()
        }
      }
      usleep(UInt32(200 * round))
      victim.kill()
      #expect(victim.reap() == .signaled(Int(SIGKILL)))
      let outcome = try mutex.lock(until: Deadline(after: .seconds(10)))
      #expect(outcome != .unavailable)
      if outcome == .ownerDied { try mutex.makeConsistent() }
      try mutex.unlock()
    }
  }

  /// Leaves the mutex in the state after its owner was killed.
  private func leaveWithKilledOwner() throws {
    words[0] = 0
    var owner = try startChild { [words, mutex] in hold(mutex, words) }
    #expect(words.wait(for: 0))
    owner.kill()
    #expect(owner.reap() == .signaled(Int(SIGKILL)))
  }
}

/// In a child: locks the mutex, reports that, and waits to be killed.
private func hold(_ mutex: RobustMutex, _ words: SharedWords) -> CInt {
  guard (try? mutex.tryLock()) == .acquired else { return 1 }
  words[0] = 1
  sleepFor(milliseconds: 30_000)
  return 0
}
