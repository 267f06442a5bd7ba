import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: indexes are smaller than the mapping's size, and the action is a local variable that
// `sigaction` copies.

/// `QUEUE_KILLS` in the environment sets the number of producers and consumers that are killed,
/// `QUEUE_ITEMS` the number of items that pass through a queue of four producers and four
/// consumers.
private let kills = environmentNumber("QUEUE_KILLS", or: 300)
private let items = environmentNumber("QUEUE_ITEMS", or: 200_000)

@Suite(.serialized, .timeLimit(.minutes(60)))
struct SharedQueueDeathTests {
  @Test func `four producers and four consumers neither lose nor duplicate an item`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        alarm(0)
        let queue = try SharedQueue<Line>(capacity: 100)
        let each = items / 4
        let seen = try SharedArrayOfBytes(count: 4 * each)
        let producers = try (0..<4).map { producer in
          try WorkerProcess<Int>.start {
            for index in 0..<each { try queue.put(Line(producer * each + index)) }
            return each
          }
        }
        let consumers = try (0..<4).map { _ in
          try WorkerProcess<Int>.start {
            var (count, last) = (0, [Int](repeating: -1, count: 4))
            for line in queue {
              guard let value = line.value, value > last[value / each] else { return -1 }
              last[value / each] = value
              seen.add(at: value)
              count += 1
            }
            return count
          }
        }
        for producer in producers { _ = try producer.result() }
        queue.close()
        #expect(try consumers.map { try $0.result() }.reduce(0, +) == 4 * each)
        #expect(seen.allAreOne)
      }
    }
  }

  @Test(arguments: [1, 2, 8])
  func `killed producers and consumers lose at most the items they held, and no process hangs`(capacity: Int)
    async
  {
    await #expect(processExitsWith: .success) { [capacity] in
      inOwnProcess {
        alarm(0)
        let queue = try SharedQueue<Line>(capacity: capacity, participants: 16)
        let counts = try SharedWords()
        func start(_ role: Int) throws -> Victim {
          try Victim {
            // Word 2 + role counts the completed operations of the processes in this role.
            if role == 0 {
              while (try? queue.put(Line(counts.add(1, to: 0)))) != nil { counts.add(1, to: 2) }
            } else {
              while let line = try? queue.get(timeout: .seconds(60)) {
                if line.value == nil { counts.add(1, to: 1) }
                counts.add(1, to: 3)
              }
            }
            return 0
          }
        }
        var dice = Dice(state: 11)
        for round in 0..<kills / 3 {
          let victims = [try start(0), try start(1), try start(round % 2)]
          usleep(UInt32(dice.roll(1_500)))
          let before = counts[3]
          let first = dice.roll(2)
          try victims[first].kill()
          // The survivors continue, if they include both a producer and a consumer.
          if (round % 2) == first {
            #expect(waitUntil { counts[3] > before }, "no consumer took an item in round \(round)")
          }
          for victim in victims { try victim.kill() }
        }
        #expect(counts[1] == 0, "torn items")
        // The items that the last victims held are cleared, and the queue works.
        _ = try queue.losses()
        while try queue.tryGet() != nil {}
        for number in 0..<3 * capacity {
          try queue.put(Line(number), timeout: .seconds(5))
          #expect(try queue.get(timeout: .seconds(5)).value == number)
        }
        // Each victim might have put or taken one item without counting it, and might have lost
        // one.
        let difference = abs(counts[2] - counts[3])
        #expect(difference <= kills * 2 + capacity, "\(counts[2]) put, \(counts[3]) taken")
        #expect(queue.lostCount <= kills)
      }
    }
  }

  @Test func `the item of a producer that died writing is lost and reported, and blocks no other`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedByteQueue(capacity: 4, largestMessage: 100)
        try queue.put(([1] as [UInt8]).span.bytes)
        let writer = try startChild {
          try? queue.put(byteCount: 3) { _ in kill(getpid(), SIGKILL) }
          return 1
        }
        #expect(try writer.ends())
        try queue.put(([2, 2] as [UInt8]).span.bytes)
        #expect(try queue.get() as [UInt8] == [1])
        #expect(try queue.get(timeout: .seconds(10)) as [UInt8] == [2, 2])
        let loss = try queue.losses()
        #expect(
          loss.count == 1 && loss[0].number == 1 && loss[0].pid == writer.pid && loss[0].role == .producer)
      }
    }
  }

  @Test func `the item of a consumer that died reading is lost and reported`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedByteQueue(capacity: 1, largestMessage: 100)
        try queue.put(([1] as [UInt8]).span.bytes)
        let reader = try startChild {
          try? queue.get { (_: RawSpan) in
            kill(getpid(), SIGKILL)
            return
          }
          return 1
        }
        #expect(try reader.ends())
        try queue.put(([2, 2] as [UInt8]).span.bytes, timeout: .seconds(10))
        #expect(try queue.get() as [UInt8] == [2, 2])
        let loss = try queue.losses()
        #expect(
          loss.count == 1 && loss[0].number == 0 && loss[0].pid == reader.pid && loss[0].role == .consumer)
      }
    }
  }

  @Test func `a closure that throws while it writes leaves no message`() throws {
    let queue = try SharedByteQueue(capacity: 2, largestMessage: 10)
    #expect(throws: Refusal.self) { try queue.put(byteCount: 1) { _ in throw Refusal() } }
    #expect(queueError { try queue.put(byteCount: 11) { _ in } }?.code == .tooLarge)
    #expect(queueError { try queue.put(byteCount: -1) { _ in } }?.code == .tooLarge)
    try queue.put(unsafe [UInt8]().span.bytes)
    try queue.put(byteCount: 10) { bytes in
      for index in bytes.byteOffsets {
        bytes.storeBytes(of: UInt8(index), toByteOffset: index, as: UInt8.self)
      }
    }
    #expect(try queue.get() as [UInt8] == [])
    #expect(throws: Refusal.self) { try queue.get { (_: RawSpan) in throw Refusal() } }
    #expect(queue.count == 0)
    #expect(queue.capacity == 2 && queue.largestMessage == 10)
  }

  @Test(arguments: [true, false])
  func `a child forked in the middle of a put or get does not complete it`(
    writes: Bool
  ) async {
    await #expect(processExitsWith: .success) { [writes] in
      inOwnProcess {
        let queue = try SharedByteQueue(capacity: 1, largestMessage: 8)
        if !writes { try queue.put(([1] as [UInt8]).span.bytes) }
        let code = exitCodeOfChild { fork in
          var isChild = false
          let error = queueError {
            if writes {
              try queue.put(byteCount: 1) { place in
                place.storeBytes(of: 1, as: UInt8.self)
                isChild = fork()
              }
            } else {
              try queue.get { (_: RawSpan) in isChild = fork() }
            }
          }
          // Another message occupies the same place before the child continues.
          if !isChild, writes, (try? queue.get(timeout: .seconds(5)) as [UInt8]) != [1] { return 2 }
          if !isChild, !writes, (try? queue.put(([2] as [UInt8]).span.bytes, timeout: .seconds(5))) == nil {
            return 2
          }
          return isChild && error?.code == .foreignProcess ? 0 : 1
        }
        #expect(code == 0)
        if !writes { #expect(try queue.get(timeout: .zero) as [UInt8] == [2]) }
        #expect(queueError { _ = try queue.get(timeout: .zero) as [UInt8] }?.code == .timedOut)
        #expect(try queue.losses().isEmpty)
        try queue.put(([3] as [UInt8]).span.bytes, timeout: .seconds(5))
        #expect(try queue.get(timeout: .seconds(5)) as [UInt8] == [3])
      }
    }
  }

  @Test func `a join reports a consumer that died with unfinished items`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedQueue<Int>(capacity: 10, tracksItems: true)
        #expect(try queue.join())
        try queue.put(contentsOf: [1, 2, 3, 4])
        #expect(try !queue.join(timeout: .milliseconds(10)))
        #expect(queueError { try queue.markDone() }?.code == .tooManyDone)
        let reader = try startChild {
          _ = try? (queue.get(), queue.get(), queue.get())
          try? queue.markDone()
          kill(getpid(), SIGKILL)
          return 1
        }
        #expect(try reader.ends())
        let error = queueError { try queue.join(timeout: .seconds(10)) }
        #expect(error?.code == .consumerDied && error?.detail == "2 items")
        #expect(queue.unfinishedCount == 1)
        _ = try queue.get()
        let done = try forkedChild {
          // Another process has taken no items.
          queueError { try queue.markDone() }?.code == .tooManyDone ? 0 : 1
        }
        #expect(done == .exited(code: 0))
        try queue.markDone()
        #expect(try queue.join(timeout: .seconds(10)))
      }
    }
  }

  @Test func `a get waits for a stopped producer or times out`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedByteQueue(capacity: 2, largestMessage: 8)
        let words = try SharedWords()
        let writer = try startChild {
          try? queue.put(byteCount: 1) { bytes in
            bytes.storeBytes(of: 7, as: UInt8.self)
            words[0] = 1
            kill(getpid(), SIGSTOP)
          }
          return 0
        }
        #expect(words.wait(for: 0) && waitUntil { processState(writer.pid) == "T" })
        #expect(queueError { _ = try queue.get(timeout: .milliseconds(120)) as [UInt8] }?.code == .timedOut)
        writer.signal(Int(SIGCONT))
        #expect(try queue.get(timeout: .seconds(10)) as [UInt8] == [7])
        #expect(try queue.losses().isEmpty && writer.ends())
      }
    }
  }

  @Test func `signals neither end nor shorten a wait`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedQueue<Int>(capacity: 1)
        ignoreUserSignal()
        let target = getpid()
        let storm = try startChild {
          while true {
            kill(target, SIGUSR1)
            usleep(1_000)
          }
        }
        for _ in 0..<20 {
          let start = monotonicNanoseconds()
          #expect(queueError { _ = try queue.get(timeout: .milliseconds(30)) }?.code == .timedOut)
          #expect(monotonicNanoseconds() - start >= 30_000_000)
        }
        withExtendedLifetime(storm) {}
      }
    }
  }
}

/// A forked child that an array can hold.
private final class Victim {
  private let child: ChildProcess

  init(_ body: () -> CInt) throws { child = try startChild(body) }

  func kill() throws {
    child.signal(9)
    let hasEnded = try child.ends()
    #expect(hasEnded)
  }
}

private func ignoreUserSignal() {
  var action = sigaction()
  unsafe action.__sigaction_handler.sa_handler = { _ in }
  unsafe sigaction(SIGUSR1, &action, nil)
}

/// Counters of one byte each, which processes increment.
private final class SharedArrayOfBytes: @unchecked Sendable {
  // Why @unchecked: the mapping never changes, and no two processes write the same byte.
  private let mapping: MemoryMapping
  private let count: Int

  init(count: Int) throws {
    self.count = count
    mapping = try MemoryMapping(sharedWithChildren: max(count, 1))
  }

  func add(at index: Int) {
    precondition(index >= 0 && index < count)
    unsafe mapping.address.assumingMemoryBound(to: UInt8.self)[index] &+= 1
  }

  var allAreOne: Bool {
    (0..<count).allSatisfy { unsafe mapping.address.assumingMemoryBound(to: UInt8.self)[$0] == 1 }
  }
}
