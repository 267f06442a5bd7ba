import Glibc
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the block, which stays mapped, is larger than all offsets, each a multiple of the
// alignment. A mutex is 64 bytes after the start of its object.

/// States that a process killed or stopped at a bad moment leaves, and memory that another process
/// has overwritten.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SharedObjectDamageTests {
  @Test func `a time-out ends a wait although a stopped process holds the mutex`() throws {
    let (place, words) = (try Place(), try SharedWords())
    let block = place.block
    let semaphore = try SharedSemaphore(permits: 1, .on(block))
    let lock = try SharedReadWriteLock(.on(block, byteOffset: 16_384))
    let holder = try startChild {
      for offset in [64, 16_384 + 64] {
        guard
          (try? unsafe RobustMutex(at: block.memory!.data + offset).lock(until: Deadline(after: nil))) != nil
        else { return 1 }
      }
      words[0] = 1
      kill(getpid(), SIGSTOP)
      return 0
    }
    #expect(words.wait(for: 0) && waitUntil { processState(holder.pid) == "T" })
    #expect(lockError { try semaphore.acquire(timeout: .milliseconds(20)) } == .timedOut)
    #expect(try !semaphore.tryAcquire())
    #expect(lockError { try lock.lockForReading(timeout: .milliseconds(20)) } == .timedOut)
    #expect(lockError { try lock.lockForWriting(timeout: .milliseconds(20)) } == .timedOut)
    holder.signal(9)
    #expect(try holder.ends())
    #expect(try semaphore.tryAcquire())
    #expect(try lock.lockForWriting(timeout: .seconds(10)) == .acquired)
  }

  @Test
  func `a writer gives up in time although a stopped process holds the mutex, and keeps no reader waiting`()
    throws
  {
    let (place, words) = (try Place(), try SharedWords())
    let lock = try SharedReadWriteLock(.on(place.block))
    try lock.lockForReading()
    let writer = try startChild {
      words[0] = 1
      let code = lockError { try lock.lockForWriting(timeout: .milliseconds(300)) }
      words[1] = code == .timedOut ? 1 : 2
      while true { pause() }
    }
    #expect(words.wait(for: 0))
    usleep(100_000)
    let holder = try startChild {
      let mutex = unsafe RobustMutex(at: place.block.memory!.data + 64)
      guard (try? mutex.lock(until: Deadline(after: nil))) == .acquired else { return 1 }
      words[2] = 1
      kill(getpid(), SIGSTOP)
      return 0
    }
    #expect(words.wait(for: 2) && waitUntil { processState(holder.pid) == "T" })
    #expect(words.wait(for: 1) && words[1] == 1)
    holder.signal(9)
    #expect(try holder.ends())
    try lock.lockForReading(timeout: .seconds(10))
    withExtendedLifetime(writer) {}
  }

  /// Stops a process that waits at a barrier. The process might hold the barrier's lock at that
  /// moment, which it takes to count itself or to look for dead parties; without a time-out other
  /// processes would wait for it. In that case it continues and is stopped again.
  private func stop(_ child: borrowing ChildProcess, outsideLockOf barrier: SharedBarrier) throws {
    while true {
      child.signal(Int(SIGSTOP))
      #expect(waitUntil { processState(child.pid) == "T" })
      let prober = try startChild { (try? barrier.waitingCount()) == nil ? 1 : 0 }
      if try prober.ends(within: .seconds(2)) { return }
      child.signal(Int(SIGCONT))
      #expect(try prober.ends())
    }
  }

  @Test(arguments: [2, 63, 64, 65, 200])
  func `a party that is stopped while its barrier is reset repeatedly learns that its turn was broken`(
    resets: Int
  ) throws {
    let (barrier, words) = (try SharedBarrier(parties: 2), try SharedWords())
    var first = try startChild { lockError { try barrier.wait() } == .broken ? 0 : 1 }
    #expect(waitUntil { (try? barrier.waitingCount()) == 1 })
    try stop(first, outsideLockOf: barrier)
    try barrier.reset()
    let second = try startChild {
      while words[0] == 0 { _ = try? barrier.wait() }
      return 0
    }
    for _ in 1..<resets {
      #expect(waitUntil { (try? barrier.waitingCount()) == 1 })
      try barrier.reset()
    }
    words[0] = 1
    first.signal(Int(SIGCONT))
    try expectExit(&first)
    second.signal(9)
    #expect(try second.ends())
  }

  @Test func `a party that is stopped at a completed turn passes, although the next turn is broken`()
    throws
  {
    let barrier = try SharedBarrier(parties: 2)
    var first = try startChild { (try? barrier.wait()) == 1 ? 0 : 1 }
    #expect(waitUntil { (try? barrier.waitingCount()) == 1 })
    try stop(first, outsideLockOf: barrier)
    #expect(try barrier.wait(timeout: .seconds(10)) == 0)
    #expect(lockError { try barrier.wait(timeout: .milliseconds(10)) } == .timedOut)
    try barrier.reset()
    first.signal(Int(SIGCONT))
    try expectExit(&first)
  }

  @Test func `a death before a reset does not break the barrier after it`() throws {
    let barrier = try SharedBarrier(parties: 2)
    let victim = try forkedChild {
      try? barrier.register()
      kill(getpid(), SIGKILL)
      return 1
    }
    #expect(victim == .signaled(9))
    try barrier.reset()
    // Long enough for the waiters to look for dead parties.
    let ended = try forkedChildren(1) {
      (try? barrier.wait(timeout: .seconds(10))) == nil ? 1 : 0
    } meanwhile: {
      usleep(200_000)
      try barrier.wait(timeout: .seconds(10))
    }
    #expect(ended == [.exited(code: 0)])
  }

  @Test func `no party passes a barrier alone after another has died while releasing the rest`() throws {
    // Many records, so that this takes a while.
    let barrier = try SharedBarrier(parties: 2, participants: 4_096)
    let words = try SharedWords()
    var dice = SeededGenerator(seed: 3)
    for _ in 0..<environmentNumber("LOCK_KILLS", or: 60) {
      let first = try startChild {
        words[1] = 1
        _ = try? barrier.wait(timeout: .seconds(30))
        return 0
      }
      #expect(words.wait(for: 1) && waitUntil { (try? barrier.waitingCount()) == 1 })
      let last = try startChild {
        // The action is the last step before the other parties continue.
        _ = try? barrier.wait(timeout: .seconds(30)) { words[0] = 1 }
        while true { pause() }
      }
      let end = Deadline(after: .seconds(10))
      while words[0] == 0, !end.hasPassed {}
      #expect(words[0] == 1)
      for _ in 0..<Int.random(in: 0..<2_000, using: &dice) { spinPause() }
      last.signal(9)
      #expect(try last.ends())
      let alone = lockError { try barrier.wait(timeout: .zero) }
      #expect(alone == .broken || alone == .timedOut)
      #expect(try first.ends())
      try barrier.reset()
      (words[0], words[1]) = (0, 0)
    }
  }

  @Test func `a handle does not release what another handle in the process holds`() throws {
    let place = try Place()
    let first = try SharedSemaphore(permits: 1, isBounded: true, .on(place.block))
    let second = try SharedSemaphore(attachedTo: place.block)
    try first.acquire()
    #expect(lockError { try second.release() } == .overRelease)
    let copy = first
    try copy.release()
    try second.acquire(timeout: .zero)
    let lock = try SharedReadWriteLock(.on(place.block, byteOffset: 16_384))
    try lock.lockForReading()
    let other = try SharedReadWriteLock(attachedTo: place.block, byteOffset: 16_384)
    #expect(lockError { try other.unlockForReading() } == .notOwner)
    try lock.unlockForReading()
  }

  @Test func `the permit of a released handle comes back`() throws {
    let place = try Place()
    let block = place.block
    let semaphore = try SharedSemaphore(permits: 1, isBounded: true, participants: 4, .on(block))
    do { try SharedSemaphore(attachedTo: block).acquire() }
    try semaphore.acquire(timeout: .seconds(10))
    #expect(lockError { try semaphore.acquire(timeout: .zero) } == .timedOut)
    try semaphore.release()
    #expect(try semaphore.permits() == 1)
  }

  @Test func `the permit of a dead process comes back while others come and go`() throws {
    let (semaphore, words) = (try SharedSemaphore(permits: 2), try SharedWords())
    let victim = try forkedChild {
      try? semaphore.acquire()
      kill(getpid(), SIGKILL)
      return 1
    }
    #expect(victim == .signaled(9))
    let ended = try forkedChildren(4) {
      let end = Deadline(after: .seconds(10))
      while words[1] == 0, !end.hasPassed {
        guard (try? semaphore.acquire()) != nil else { return 1 }
        if words.add(1, to: 0) == 1 { words[1] = 1 }
        usleep(2_000)
        words.add(-1, to: 0)
        guard (try? semaphore.release()) != nil else { return 2 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(words[1] == 1, "two processes were never inside at once")
  }

  @Test func `a death breaks the barrier even when another process takes the record of the dead one`()
    throws
  {
    let barrier = try SharedBarrier(parties: 3, participants: 2)
    try barrier.register()
    let victim = try forkedChild {
      try? barrier.register()
      kill(getpid(), SIGKILL)
      return 1
    }
    #expect(victim == .signaled(9))
    let heir = try forkedChild { lockError { try barrier.wait(timeout: .seconds(10)) } == .broken ? 0 : 1 }
    #expect(heir == .exited(code: 0))
    #expect(try barrier.isBroken())
  }

  @Test func `every operation on garbage returns or throws`() throws {
    for seed in 0..<environmentNumber("DAMAGE_ROUNDS", or: 100) {
      let ended = try forkedChild {
        alarm(60)
        return (try? damage(UInt64(seed))) == nil ? 1 : 0
      }
      #expect(ended == .exited(code: 0), "seed \(seed)")
    }
  }

  @Test(arguments: [0, -1, 5] as [Int32])
  func `an overwritten mutex is an error`(kind: Int32) throws {
    let place = try Place()
    let block = place.block
    let semaphore = try SharedSemaphore(permits: 1, .on(block))
    // The type of a pthread_mutex_t.
    unsafe block.memory!.data.storeBytes(of: kind, toByteOffset: 64 + 16, as: Int32.self)
    #expect(lockError { try semaphore.acquire() } == .corrupt)
    #expect(lockError { try semaphore.release() } == .corrupt)
  }
}

/// Calls every operation that does not wait, while the words behind the mutexes become garbage.
private func damage(_ seed: UInt64) throws {
  var dice = SeededGenerator(seed: Int(truncatingIfNeeded: seed) &* 77 &+ 5)
  let place = try Place()
  let block = place.block
  let semaphore = try SharedSemaphore(permits: 1, participants: 4, .on(block))
  let barrier = try SharedBarrier(parties: 2, participants: 4, .on(block, byteOffset: 1024))
  let lock = try SharedReadWriteLock(participants: 4, .on(block, byteOffset: 2048))
  let values: [UInt64] = [0, 1, .max, 1 << 63, UInt64(Int64.max), 0xffff_ffff, 3]
  for _ in 0..<200 {
    let offset = Int.random(in: 0..<3, using: &dice) * 1024 + 128 + Int.random(in: 0..<56, using: &dice) * 8
    let value = values[Int.random(in: 0..<values.count, using: &dice)]
    if Int.random(in: 0..<3, using: &dice) == 0 {
      unsafe block.memory!.data.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
    }
    switch Int.random(in: 0..<10, using: &dice) {
    case 0: _ = try? semaphore.tryAcquire()
    case 1: try? semaphore.release()
    case 2: _ = try? semaphore.permits()
    case 3: _ = try? barrier.wait(timeout: .zero)
    case 4: try? barrier.reset()
    case 5: _ = try? (barrier.isBroken(), barrier.waitingCount())
    case 6: try? lock.lockForReading(timeout: .zero)
    case 7: _ = try? lock.lockForWriting(timeout: .zero)
    case 8: try? lock.unlockForReading()
    default: try? lock.unlockForWriting()
    }
  }
}

/// Expects the child to end with exit code 0.
private func expectExit(_ child: inout ChildProcess) throws {
  let hasEnded = try child.ends()
  #expect(hasEnded)
  if hasEnded { #expect(child.reap() == .exited(code: 0)) }
}

/// A block without a name.
private struct Place {
  let block: SharedBlock
  /// Makes this process a participant, which is only possible while the block has its name.
  private let keeper: SharedSemaphore

  init() throws {
    block = try SharedBlock.create(.generated, byteCount: 65_536)
    keeper = try SharedSemaphore(permits: 0, participants: 1, .on(block, byteOffset: 32_768))
    try block.unlink()
  }
}
