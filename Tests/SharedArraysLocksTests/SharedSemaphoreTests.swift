import Glibc
import SharedArraysLocks
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the action is a local variable that `sigaction` copies, and the handler does nothing.

/// Objects that record which processes hold what: semaphores, barriers, read-write locks.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SharedSemaphoreTests {
  @Test func `permits are counted, and a bounded semaphore takes back no more than it gave`() throws {
    let semaphore = try SharedSemaphore(permits: 2)
    try semaphore.acquire()
    #expect(try semaphore.tryAcquire())
    #expect(try !semaphore.tryAcquire())
    for timeout: Duration in [.zero, .seconds(-1), .milliseconds(10)] {
      #expect(lockError { try semaphore.acquire(timeout: timeout) } == .timedOut)
    }
    try semaphore.release()
    #expect(try semaphore.permits() == 1)
    // A process that releases more than it has taken adds permits.
    for _ in 0..<3 { try semaphore.release() }
    #expect(try semaphore.permits() == 4)
    let bounded = try SharedSemaphore(permits: 1, isBounded: true)
    #expect(lockError { try bounded.release() } == .overRelease)
    let ended = try forkedChildren(8) {
      for _ in 0..<200 {
        guard (try? bounded.withPermit {}) != nil else { return 1 }
        if lockError({ try bounded.release() }) != .overRelease { return 2 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(try bounded.permits() == 1)
  }

  @Test func `the number of processes inside never exceeds the permits`() throws {
    let (semaphore, words) = (try SharedSemaphore(permits: 3), try SharedWords())
    let ended = try forkedChildren(6) {
      for _ in 0..<300 {
        let count = try? semaphore.withPermit {
          let inside = words.add(1, to: 0) + 1
          words.add(-1, to: 0)
          return inside
        }
        guard let count, count <= 3 else { return 1 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(try semaphore.permits() == 3)
  }

  @Test func `the permits of killed processes come back, exactly`() throws {
    let (semaphore, words) = (try SharedSemaphore(permits: 2, isBounded: true), try SharedWords())
    var dice = SeededGenerator(seed: 5)
    for _ in 0..<environmentNumber("LOCK_KILLS", or: 60) {
      let victim = try startChild {
        words[0] = 1
        while true {
          guard (try? semaphore.acquire(timeout: .seconds(30))) != nil else { return 1 }
          if Int.random(in: 0..<2) == 0 { try? semaphore.release() } else { usleep(100) }
        }
      }
      #expect(words.wait(for: 0))
      usleep(UInt32.random(in: 0..<600, using: &dice))
      victim.signal(9)
      #expect(try victim.ends())
      words[0] = 0
      for _ in 0..<2 { try semaphore.acquire(timeout: .seconds(20)) }
      #expect(try !semaphore.tryAcquire())
      for _ in 0..<2 { try semaphore.release() }
    }
    #expect(try semaphore.permits() == 2)
  }

  @Test func `a waiting process gets the permit of one that dies`() throws {
    let (semaphore, words) = (try SharedSemaphore(permits: 1), try SharedWords())
    let owner = try startChild {
      try? semaphore.acquire()
      words[0] = 1
      while true { pause() }
    }
    #expect(words.wait(for: 0))
    let ended = try forkedChildren(1) {
      (try? semaphore.acquire(timeout: .seconds(30))) == nil ? 1 : 0
    } meanwhile: {
      usleep(30_000)
      owner.signal(9)
    }
    #expect(ended == [.exited(code: 0)])
  }

  // MARK: Barriers

  @Test func `parties proceed step by step, and one of them runs the action`() throws {
    let (barrier, words) = (try SharedBarrier(parties: 4), try SharedWords())
    let steps = 300
    let ended = try forkedChildren(4) {
      for step in 0..<steps {
        words.add(1, to: 1)
        guard (try? barrier.wait(timeout: .seconds(60)) { words[0] = words[0] + 1 }) != nil else { return 1 }
        // Only parties that have passed can have started the next step, and the action ran before
        // that.
        if words[0] != step + 1 || words[1] < 4 * (step + 1) { return 2 }
        guard (try? barrier.wait(timeout: .seconds(60))) != nil else { return 3 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) } && words[0] == steps)
    #expect(try barrier.waitingCount() == 0 && !barrier.isBroken())
  }

  @Test(arguments: [true, false])
  func `the death of a party breaks the barrier for the others`(whileWaiting: Bool) throws {
    let (barrier, words) = (try SharedBarrier(parties: 3), try SharedWords())
    let victim = try startChild {
      if whileWaiting {
        words[0] = 1
        _ = try? barrier.wait()
      } else {
        try? barrier.register()
        words[0] = 1
        while true { pause() }
      }
      return 1
    }
    #expect(words.wait(for: 0))
    usleep(5_000)
    let ended = try forkedChildren(1) {
      lockError { try barrier.wait(timeout: .seconds(30)) } == .broken ? 0 : 1
    } meanwhile: {
      usleep(5_000)
      victim.signal(9)
    }
    #expect(ended == [.exited(code: 0)])
    #expect(try barrier.isBroken())
    #expect(lockError { try barrier.wait() } == .broken)
    try barrier.reset()
    let again = try forkedChildren(3) { (try? barrier.wait(timeout: .seconds(30))) == nil ? 1 : 0 }
    #expect(again.allSatisfy { $0 == .exited(code: 0) })
  }

  @Test func `a party that has exited normally breaks nothing`() throws {
    let barrier = try SharedBarrier(parties: 2)
    let first = try forkedChildren(2) { (try? barrier.wait(timeout: .seconds(30))) == nil ? 1 : 0 }
    let second = try forkedChildren(2) {
      usleep(UInt32(currentProcess() % 2) * 150_000)
      return (try? barrier.wait(timeout: .seconds(30))) == nil ? 1 : 0
    }
    #expect((first + second).allSatisfy { $0 == .exited(code: 0) })
  }

  @Test func `time-outs, aborts, resets and failing actions break a barrier`() throws {
    let barrier = try SharedBarrier(parties: 2)
    #expect(lockError { try barrier.wait(timeout: .milliseconds(10)) } == .timedOut)
    #expect(lockError { try barrier.wait() } == .broken)
    try barrier.reset()
    #expect(try barrier.waitingCount() == 0)
    for breaking in [{ try barrier.abort() }, { try barrier.reset() }] {
      let ended = try forkedChildren(1) {
        lockError { try barrier.wait(timeout: .seconds(30)) } == .broken ? 0 : 1
      } meanwhile: {
        #expect(waitUntil { (try? barrier.waitingCount()) == 1 })
        try breaking()
      }
      #expect(ended == [.exited(code: 0)])
      try barrier.reset()
    }
    let alone = try SharedBarrier(parties: 1)
    #expect(try alone.wait() == 0)
    #expect(throws: CancellationError.self) { try alone.wait { throw CancellationError() } }
    #expect(try alone.isBroken())
  }

  // MARK: Readers and writers

  @Test func `readers share, a writer is alone, and readers see its complete writes`() throws {
    let (lock, words) = (try SharedReadWriteLock(), try SharedWords())
    let ended = try forkedChildren(6) {
      for round in 0..<200 {
        let isWhole: Bool?
        if round % 4 == 0 {
          isWhole = try? lock.withWriteLock(timeout: .seconds(60)) {
            let inside = words.add(1, to: 0)
            for index in 1...5 { words[index] = words[index] + 1 }
            words.add(-1, to: 0)
            return inside == 0
          }
        } else {
          isWhole = try? lock.withReadLock(timeout: .seconds(60)) {
            (1...5).allSatisfy { words[$0] == words[1] }
          }
        }
        if isWhole != true { return 1 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) } && words[1] == 300)
    #expect(lockError { try lock.unlockForReading() } == .notOwner)
    #expect(lockError { try lock.unlockForWriting() } == .notOwner)
    try lock.lockForReading()
    try lock.lockForReading()
    #expect(lockError { try lock.lockForWriting(timeout: .milliseconds(10)) } == .timedOut)
    try lock.unlockForReading()
    try lock.unlockForReading()
    #expect(try lock.lockForWriting(timeout: .zero) == .acquired)
    #expect(lockError { try lock.lockForReading(timeout: .zero) } == .timedOut)
    try lock.unlockForWriting()
  }

  @Test func `a dead reader's share is released, and a dead writer is reported`() throws {
    let (lock, words) = (try SharedReadWriteLock(), try SharedWords())
    for writes in [false, true] {
      words[0] = 0
      let victim = try startChild {
        if writes { _ = try? lock.lockForWriting() } else { try? lock.lockForReading() }
        words[0] = 1
        while true { pause() }
      }
      #expect(words.wait(for: 0))
      victim.signal(9)
      #expect(try victim.ends())
      if writes {
        #expect(lockError { try lock.lockForReading(timeout: .seconds(20)) } == .ownerDied)
        #expect(lockError { try lock.withWriteLock(timeout: .seconds(20)) {} } == .ownerDied)
        var repairs = 0
        try lock.withWriteLock(timeout: .seconds(20)) {
        } repair: {
          repairs += 1
        }
        #expect(repairs == 1)
      } else {
        #expect(try lock.lockForWriting(timeout: .seconds(20)) == .acquired)
        try lock.unlockForWriting()
      }
      try lock.withReadLock(timeout: .seconds(20)) {}
    }
  }

  // MARK: All of them

  @Test func `holders and waiters of all objects are killed, and the survivors go on`() throws {
    let semaphore = try SharedSemaphore(permits: 2, isBounded: true)
    let lock = try SharedReadWriteLock()
    let mutex = try SharedMutex()
    let (event, condition) = (try SharedEvent(), try SharedCondition())
    let words = try SharedWords()
    final class Box {
      let child: ChildProcess
      init(_ body: () -> CInt) throws { child = try startChild(body) }
    }
    func worker() -> CInt {
      words.add(1, to: 0)
      while true {
        switch Int.random(in: 0..<6) {
        case 0: _ = try? semaphore.withPermit(timeout: .seconds(30)) { usleep(20) }
        case 1: _ = try? lock.withReadLock(timeout: .seconds(30)) { usleep(20) }
        case 2:
          _ = try? lock.withWriteLock(
            timeout: .seconds(30)
          ) {
            for index in 1...10 { words[10 + index] += 1 }
          } repair: {
            for index in 1...10 { words[10 + index] = 0 }
          }
        case 3:
          _ = try? mutex.withLock {
            for index in 1...10 { words[30 + index] += 1 }
            condition.notify()
          } repair: {
            for index in 1...10 { words[30 + index] = 0 }
          }
        case 4:
          event.set()
          event.clear()
        default:
          _ = try? mutex.withLock {
            _ = try condition.wait(
              mutex, timeout: .milliseconds(1), repair: { for index in 1...10 { words[30 + index] = 0 } })
          } repair: {
            for index in 1...10 { words[30 + index] = 0 }
          }
          event.wait(timeout: .milliseconds(1))
        }
      }
    }
    var dice = SeededGenerator(seed: 17)
    var workers = try (0..<3).map { _ in try Box(worker) }
    for _ in 0..<environmentNumber("LOCK_KILLS", or: 60) {
      usleep(UInt32.random(in: 0..<1_500, using: &dice))
      let index = Int.random(in: 0..<3, using: &dice)
      workers[index].child.signal(9)
      #expect(try workers[index].child.ends())
      workers[index] = try Box(worker)
      // Regardless of what the victims held, this process gets everything in time, and nothing is
      // torn.
      try semaphore.withPermit(timeout: .seconds(20)) {}
      try lock.withWriteLock(timeout: .seconds(20)) {
        #expect((1...10).allSatisfy { words[10 + $0] == words[11] })
      } repair: {
        for index in 1...10 { words[10 + index] = 0 }
      }
      try mutex.withLock(timeout: .seconds(20)) {
        #expect((1...10).allSatisfy { words[30 + $0] == words[31] })
      } repair: {
        for index in 1...10 { words[30 + index] = 0 }
      }
    }
    for box in workers {
      box.child.signal(9)
      #expect(try box.child.ends())
    }
    #expect(try semaphore.permits() == 2)
  }

  @Test func `waits are as long as requested under a storm of signals`() async {
    await #expect(processExitsWith: .success) {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { _ in }
      unsafe sigaction(SIGUSR1, &action, nil)
      let (target, words) = (getpid(), try SharedWords())
      let storm = try startChild {
        while true {
          kill(target, SIGUSR1)
          usleep(1_000)
        }
      }
      let (event, condition, mutex) = (try SharedEvent(), try SharedCondition(), try SharedMutex())
      let (semaphore, barrier) = (try SharedSemaphore(permits: 0), try SharedBarrier(parties: 2))
      let lock = try SharedReadWriteLock()
      let owner = try startChild {
        _ = try? mutex.lock()
        _ = try? lock.lockForWriting()
        words[0] = 1
        while true { pause() }
      }
      #expect(words.wait(for: 0))
      let own = try SharedMutex()
      let time = Duration.milliseconds(20)
      var tooShort: [Int] = []
      let waits: [() -> Void] = [
        { _ = event.wait(timeout: time) }, { _ = try? semaphore.acquire(timeout: time) },
        { _ = try? mutex.lock(timeout: time) }, { _ = try? lock.lockForReading(timeout: time) },
        { _ = try? lock.lockForWriting(timeout: time) }, { _ = try? barrier.wait(timeout: time) },
        { _ = try? own.withLock { _ = try condition.wait(own, timeout: time) } },
      ]
      for _ in 0..<environmentNumber("TIMED_WAITS", or: 70) / 7 {
        for (index, wait) in waits.enumerated() {
          let start = monotonicNanoseconds()
          wait()
          let waited = monotonicNanoseconds() - start
          if waited < 20_000_000 { tooShort.append(index) }
          if index == 5 { try barrier.reset() }
        }
      }
      #expect(tooShort == [])
      withExtendedLifetime(storm) {}
      withExtendedLifetime(owner) {}
    }
  }
}
