import Glibc
import Multiprocessing
import SharedArraysLocks
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the array outlives the call, which copies its bytes.

/// An object without a descriptor, with functions that make it ready and not ready.
struct Word: Sendable {
  enum Kind: Codable, CaseIterable { case queue, bytes, event }

  let waitable: any FutexWaitable
  let makeReady: @Sendable () -> Void
  let take: @Sendable () -> Void

  init(_ kind: Kind) throws {
    switch kind {
    case .queue:
      let queue = try SharedQueue<Int>(capacity: 2)
      waitable = queue
      makeReady = { try? queue.put(7) }
      take = { _ = try? queue.tryGet() }
    case .bytes:
      let queue = try SharedByteQueue(capacity: 2, largestMessage: 8)
      waitable = queue
      makeReady = { try? queue.put(unsafe ([7] as [UInt8]).span.bytes) }
      take = { _ = try? queue.get(timeout: .zero) as [UInt8] }
    case .event:
      let event = try SharedEvent()
      waitable = event
      makeReady = { event.set() }
      take = { event.clear() }
    }
  }
}

@Suite(.serialized, .timeLimit(.minutes(3)))
struct WaitingForWordsTests {
  @Test(arguments: Word.Kind.allCases)
  func `a process that sleeps without a timeout is always woken by another process`(kind: Word.Kind) async {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let word = try Word(kind)
        let counts = try SharedWords()
        let rounds = 300
        // Does not poll, as a wait does every 50 ms, since polling would hide a missing wake-up.
        var sleeper = try startChild {
          for round in 1...rounds {
            let mark = word.waitable.mark
            counts[0] = round
            while !word.waitable.isReady(since: mark) {
              let expectation = word.waitable.announceSleep(since: mark)
              if word.waitable.isReady(since: mark) { break }
              guard (try? Futex.wait(whileAll: [expectation], until: Deadline(after: nil))) != nil else {
                return 1
              }
            }
            word.take()
          }
          return 0
        }
        var dice = Dice(state: 5)
        for round in 1...rounds {
          let hasCome = waitUntil { counts[0] == round }
          #expect(hasCome, "round \(round) did not start")
          if !hasCome { break }
          usleep(UInt32(dice.roll(3) == 0 ? dice.roll(300) : 0))
          word.makeReady()
        }
        let hasEnded = try sleeper.ends(within: .seconds(20))
        #expect(hasEnded)
        if hasEnded { #expect(sleeper.reap() == .exited(code: 0)) } else { sleeper.signal(9) }
      }
    }
  }

  @Test(arguments: Word.Kind.allCases)
  func `a wait ends by another process or by its timeout, also while signals interrupt it`(kind: Word.Kind)
    async
  {
    await #expect(processExitsWith: .success) { [kind] in
      inOwnProcess {
        let word = try Word(kind)
        let other = try SharedEvent()
        let counts = try SharedWords()
        var waiter = try startChild {
          interruptEveryMillisecond()
          let all: [any Waitable] = [other, word.waitable]
          for timeout in [Duration.zero, .seconds(-1), .milliseconds(120)] {
            let start = monotonicNanoseconds()
            guard let ready = try? waitSome(all, timeout: timeout), ready.isEmpty else { return 1 }
            if timeout > .zero, monotonicNanoseconds() - start < 120_000_000 { return 2 }
          }
          counts[0] = 1
          return (try? waitAny(all)) == 1 ? 0 : 3
        }
        #expect(counts.wait(for: 0))
        usleep(20_000)
        word.makeReady()
        let hasEnded = try waiter.ends()
        #expect(hasEnded && waiter.reap() == .exited(code: 0))
      }
    }
  }

  @Test(arguments: [true, false])
  func `an empty queue is ready only once it is closed`(isClosedByChild: Bool) async {
    await #expect(processExitsWith: .success) { [isClosedByChild] in
      inOwnProcess {
        let queue = try SharedQueue<Int>(capacity: 1)
        let bytes = try SharedByteQueue(capacity: 1, largestMessage: 1)
        try queue.put(1)
        #expect(try waitSome([bytes, queue]) == [1])
        #expect(try queue.get() == 1)
        #expect(try waitAny([bytes, queue], timeout: .milliseconds(60)) == nil)
        if isClosedByChild {
          _ = try forkedChild {
            queue.close()
            bytes.close()
            return 0
          }
        } else {
          onThread {
            usleep(20_000)
            queue.close()
            bytes.close()
          }
        }
        #expect(try waitAll([bytes, queue], timeout: .seconds(30)))
        #expect(queueErrorCode { _ = try queue.get() } == .closed)
      }
    }
  }

  @Test func `the unfinished item of a killed producer is not ready, and blocks no other item`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedByteQueue(capacity: 4, largestMessage: 8)
        let killed = try forkedChild {
          try? queue.put(byteCount: 3) { _ in kill(getpid(), SIGKILL) }
          return 1
        }
        #expect(killed == .signaled(Int(SIGKILL)))
        #expect(try waitAny([queue], timeout: .milliseconds(120)) == nil)
        #expect(try queue.losses().count == 1)
        _ = try forkedChild {
          try? queue.put(byteCount: 3) { _ in kill(getpid(), SIGKILL) }
          return 1
        }
        try queue.put(([5] as [UInt8]).span.bytes)
        #expect(try waitAny([queue], timeout: .seconds(20)) == 0)
        #expect(try queue.get(timeout: .zero) as [UInt8] == [5])
        let writer = try startChild {
          try? queue.put(byteCount: 3) { _ in while true { pause() } }
          return 1
        }
        onThread { [pid = pid_t(writer.pid)] in
          usleep(100_000)
          queue.close()
          kill(pid, SIGKILL)
        }
        #expect(try waitAny([queue], timeout: .seconds(20)) == 0)
        #expect(queueErrorCode { _ = try queue.get() as [UInt8] } == .closed)
      }
    }
  }

  @Test func `an item that is being taken or written is not ready`() throws {
    let queue = try SharedByteQueue(capacity: 2, largestMessage: 1)
    try queue.put(byteCount: 1) { _ in #expect(!queue.isReady()) }
    #expect(queue.isReady())
    try queue.get { _ in #expect(!queue.isReady()) }
    #expect(!queue.isReady())
  }

  @Test func `waitSome returns every ready object, twice if it is listed twice`() throws {
    let words = try Word.Kind.allCases.map { try Word($0) }
    let all: [any Waitable] = (words + words).map(\.waitable)
    #expect(try waitSome(all, timeout: .milliseconds(60)) == [] && waitAny(all, timeout: .zero) == nil)
    for word in words.dropFirst() { word.makeReady() }
    #expect(try waitSome(all) == [1, 2, 4, 5])
    #expect(try waitAny(all) == 1)
    #expect(try !waitAll(all, timeout: .milliseconds(10)))
    words[0].makeReady()
    #expect(try waitAll(all) && waitSome(all) == [0, 1, 2, 3, 4, 5])
    #expect(try waitSome([]) == [] && waitAny([]) == nil && waitAll([]))
  }

  @Test func `an event that is set and cleared during a wait ends the wait`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let event = try SharedEvent()
        let queue = try SharedQueue<Int>(capacity: 1)
        let counts = try SharedWords()
        var waiter = try startChild {
          counts[0] = 1
          return (try? waitAny([queue, event], timeout: .seconds(30))) == 1 ? 0 : 1
        }
        #expect(counts.wait(for: 0))
        usleep(50_000)
        event.set()
        event.clear()
        let hasEnded = try waiter.ends()
        #expect(hasEnded && waiter.reap() == .exited(code: 0))
        #expect(!event.isReady())
      }
    }
  }
}

func queueErrorCode(_ body: () throws -> Void) -> QueueError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? QueueError)?.code }
}
