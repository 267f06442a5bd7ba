import Glibc
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// Conditions, events, values and atomic integers.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedWaitTests {
  @Test func `an event wakes all waiters, even when it is cleared at once`() throws {
    let (event, words) = (try SharedEvent(), try SharedWords())
    #expect(!event.isSet && !event.wait(timeout: .milliseconds(5)) && !event.wait(timeout: .seconds(-1)))
    let ended = try forkedChildren(4) {
      words.add(1, to: 0)
      return event.wait(timeout: .seconds(30)) ? 0 : 1
    } meanwhile: {
      #expect(waitUntil { words[0] == 4 })
      usleep(20_000)
      event.set()
      event.clear()
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(!event.isSet)
    event.set()
    event.set()
    #expect(event.isSet && event.wait() && event.wait(timeout: .zero))
  }

  @Test func `killed waiters do not hinder other processes`() throws {
    let (event, words) = (try SharedEvent(), try SharedWords())
    let (mutex, condition) = (try SharedMutex(), try SharedCondition())
    for _ in 0..<20 {
      let victim = try startChild {
        words.add(1, to: 0)
        event.wait()
        return 0
      }
      let other = try startChild {
        _ = try? mutex.lock()
        words.add(1, to: 0)
        _ = try? condition.wait(mutex)
        return 0
      }
      #expect(waitUntil { words[0] % 2 == 0 && words[0] > 0 })
      usleep(500)
      victim.signal(9)
      other.signal(9)
      #expect(try victim.ends() && other.ends())
      words[0] = 0
    }
    let ended = try forkedChildren(2) {
      guard event.wait(timeout: .seconds(30)), let found = try? mutex.lock() else { return 1 }
      // A victim might have been killed while it held the mutex, which guards nothing here.
      if found == .ownerDied { try? mutex.markRepaired() }
      words.add(1, to: 1)
      let isNotified = (try? condition.wait(mutex, timeout: .seconds(30))) == true
      try? mutex.unlock()
      return isNotified ? 0 : 2
    } meanwhile: {
      event.set()
      #expect(waitUntil { words[1] == 2 })
      try mutex.withLock {
        condition.notifyAll()
      } repair: {
      }
    }
    #expect(ended == [.exited(code: 0), .exited(code: 0)])
  }

  @Test func `a condition hands turns back and forth and loses none`() throws {
    let (mutex, condition, words) = (try SharedMutex(), try SharedCondition(), try SharedWords())
    let rounds = 2_000
    let ended = try forkedChildren(4) {
      let own = words.add(1, to: 0)
      for _ in 0..<rounds {
        let isMine = try? mutex.withLock { () throws -> Bool in
          guard try condition.wait(mutex, timeout: .seconds(60), until: { words[1] % 4 == own }) else {
            return false
          }
          words[1] = words[1] + 1
          condition.notifyAll()
          return true
        }
        if isMine != true { return 1 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) } && words[1] == 4 * rounds)
  }

  @Test func `a condition wakes the requested number of waiters`() throws {
    let (mutex, condition, words) = (try SharedMutex(), try SharedCondition(), try SharedWords())
    let ended = try forkedChildren(3) {
      let isDone: Void? = try? mutex.withLock {
        words[0] = words[0] + 1
        while words[1] == 0 { try condition.wait(mutex, timeout: .seconds(30)) }
        words[1] = words[1] - 1
        words[2] = words[2] + 1
      }
      return isDone == nil ? 1 : 0
    } meanwhile: {
      #expect(waitUntil { words[0] == 3 })
      for permits in [1, 2] {
        let before = words[2]
        try mutex.withLock { words[1] = permits }
        condition.notify(permits)
        #expect(waitUntil { words[2] == before + permits })
      }
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    try mutex.lock()
    #expect(try !condition.wait(mutex, timeout: .milliseconds(10)))
    #expect(try !condition.wait(mutex, timeout: .milliseconds(10), until: { false }))
    try mutex.unlock()
    #expect(lockError { try condition.wait(mutex, timeout: .zero) } == .notOwner)
  }

  @Test func `a wait for a condition reports that an owner of the mutex died`() throws {
    let (mutex, condition) = (try SharedMutex(), try SharedCondition())
    try mutex.lock()
    let killer = try startChild {
      _ = try? mutex.lock()
      condition.notifyAll()
      kill(getpid(), SIGKILL)
      return 1
    }
    #expect(lockError { while true { try condition.wait(mutex, timeout: .seconds(20)) } } == .ownerDied)
    try mutex.markRepaired()
    try mutex.unlock()
    #expect(try killer.ends())
  }

  // MARK: Values

  @Test func `a value changed by many processes is exact, and the death of one leaves it intact`() throws {
    let value = try SharedValue(InlineArray<10, Int>(repeating: 0))
    let words = try SharedWords()
    for round in 0..<environmentNumber("LOCK_KILLS", or: 60) {
      let victim = try startChild {
        words[0] = 1
        while true {
          _ = try? value.withLock { record in
            for index in record.indices { record[index] += 1 }
          }
        }
      }
      #expect(words.wait(for: 0))
      usleep(UInt32(round * 37 % 400))
      victim.signal(9)
      #expect(try victim.ends())
      words[0] = 0
      let record = try value.load(timeout: .seconds(20))
      #expect(record.indices.allSatisfy { record[$0] == record[0] })
    }
    let total = try SharedValue(0)
    let ended = try forkedChildren(4) {
      for _ in 0..<5_000 where (try? total.withLock { $0 += 1 }) == nil { return 1 }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(try total.load() == 20_000)
  }

  @Test func `a value is unchanged when its change throws`() throws {
    let value = try SharedValue(Double.nan)
    #expect(throws: CancellationError.self) {
      try value.withLock {
        $0 = 3
        throw CancellationError()
      }
    }
    #expect(try value.load().isNaN)
    try value.store(2)
    #expect(try value.withLock { $0 } == 2)
    #expect(lockError { try value.withLock { _ in try value.store(1) } } == .alreadyLocked)
    let empty = try SharedValue(InlineArray<0, Int>(repeating: 0))
    #expect(try empty.load().count == 0)
  }

  @Test func `atomic integers of each type count exactly and wrap around`() throws {
    func check<Value: AtomicInteger>(_ type: Value.Type) throws {
      let atomic = try SharedAtomic(Value.max)
      #expect(atomic.add(1) == .max && atomic.load() == .min)
      #expect(atomic.subtract(1) == .min && atomic.load() == .max)
      #expect(atomic.exchange(7) == .max)
      #expect(atomic.compareExchange(expected: 8, desired: 9) == (false, 7))
      #expect(atomic.compareExchange(expected: 7, desired: 9) == (true, 7))
      #expect(atomic.update { $0 * 2 } == 9 && atomic.load() == 18)
      atomic.store(0)
      let ended = try forkedChildren(4) {
        for _ in 0..<5_000 { atomic.add(3) }
        return 0
      }
      #expect(ended.allSatisfy { $0 == .exited(code: 0) } && atomic.load() == 60_000)
    }
    try check(Int.self)
    try check(UInt.self)
    try check(Int32.self)
    try check(UInt32.self)
    try check(Int64.self)
    try check(UInt64.self)
    let named = try SharedAtomic(5, .generatedName())
    #expect(throws: SharedMemoryError.self) { try SharedAtomic<Int32>.attach(named.name!) }
    #expect(throws: SharedMemoryError.self) { try SharedAtomic<UInt>.attach(named.name!) }
    #expect(try SharedAtomic<Int>.attach(named.name!).load() == 5)
  }
}
