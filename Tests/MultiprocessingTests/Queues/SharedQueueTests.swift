import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

/// Returns the error that `body` throws; nil if it throws none.
func queueError(_ body: () throws -> Void) -> QueueError? {
  do {
    try body()
    return nil
  } catch { return error as? QueueError }
}

/// An item of 64 bytes that shows whether it is complete.
struct Line: BitwiseTransferable, Transferable, BitwiseCopyable {
  var words: InlineArray<8, Int>

  init(_ value: Int) { words = InlineArray(repeating: value) }

  var value: Int? { words.indices.allSatisfy { words[$0] == words[0] } ? words[0] : nil }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedQueueTests {
  @Test(arguments: [1, 2, 3, 7, 64])
  func `a queue keeps the order of its items, also when it wraps`(capacity: Int) throws {
    let queue = try SharedQueue<Int>(capacity: capacity)
    #expect(queue.capacity == capacity && queue.isEmpty)
    var (put, got) = (0, 0)
    var dice = Dice(state: 5)
    while got < 1_000 {
      for _ in 0...dice.roll(capacity + 1) where try queue.tryPut(put) { put += 1 }
      #expect(queue.count == put - got)
      for _ in 0...dice.roll(capacity + 1) {
        guard let item = try queue.tryGet() else { break }
        #expect(item == got)
        got += 1
      }
    }
    while let item = try queue.tryGet() {
      #expect(item == got)
      got += 1
    }
    #expect(put == got && queue.isEmpty)
  }

  @Test func `a full queue refuses items, an empty one returns none, and waits time out`() throws {
    let queue = try SharedQueue<UInt8>(capacity: 2)
    try queue.put(1)
    try queue.put(2)
    #expect(try !queue.tryPut(3))
    for timeout: Duration in [.zero, .seconds(-5), .milliseconds(20)] {
      let start = monotonicNanoseconds()
      #expect(queueError { try queue.put(3, timeout: timeout) }?.code == .timedOut)
      #expect(monotonicNanoseconds() - start >= timeout.components.attoseconds / 1_000_000_000)
    }
    #expect(try queue.get() == 1 && queue.get(timeout: .zero) == 2)
    #expect(try queue.tryGet() == nil)
    #expect(queueError { _ = try queue.get(timeout: .milliseconds(5)) }?.code == .timedOut)
  }

  @Test func `batches keep the order and can be partial`() throws {
    let queue = try SharedQueue<Int>(capacity: 10)
    #expect(try queue.put(contentsOf: [Int]()) == 0)
    #expect(try queue.put(contentsOf: Array(0..<7)) == 7)
    #expect(try queue.get(upTo: 3) == [0, 1, 2])
    #expect(try queue.put(contentsOf: Array(7..<20), timeout: .zero) == 6)
    // A batch may end where the queue wraps; the next call returns the rest.
    var items: [Int] = []
    while queue.count > 0 { items += try queue.get(upTo: 100) }
    #expect(items == Array(3..<13))
    #expect(try queue.get(upTo: 0) == [])
    #expect(queueError { _ = try queue.get(upTo: 4, timeout: .zero) }?.code == .timedOut)
    try queue.put(contentsOf: [1, 2, 3])
    let some = try [Int](capacity: 8) { list throws(QueueError) in try queue.get(into: &list) }
    #expect(some == [1, 2, 3])
  }

  @Test(arguments: [1, 2, 3, 5, 12])
  func `items of any size arrive whole`(count: Int) throws {
    func check<let size: Int>(_ item: InlineArray<size, UInt8>) throws {
      let queue = try SharedQueue<InlineArray<size, UInt8>>(capacity: 3)
      for round in 0..<20 {
        let item = InlineArray<size, UInt8> { UInt8(truncatingIfNeeded: $0 &* 7 &+ round) }
        try queue.put(contentsOf: [item, item])
        for _ in 0..<2 {
          let back = try queue.get()
          #expect(back.indices.allSatisfy { back[$0] == item[$0] })
        }
      }
    }
    switch count {
    case 1: try check(InlineArray<1, UInt8>(repeating: 0))
    case 2: try check(InlineArray<13, UInt8>(repeating: 0))
    case 3: try check(InlineArray<33, UInt8>(repeating: 0))
    case 5: try check(InlineArray<100, UInt8>(repeating: 0))
    default: try check(InlineArray<4097, UInt8>(repeating: 0))
    }
  }

  @Test func `encoded items can have any length up to the limit, and larger ones are refused`() throws {
    let queue = try SharedQueue<[String]>(capacity: 3, largestItem: 200)
    let long = ["é", "", String(repeating: "x", count: 90)]
    try queue.put(long)
    try queue.put([])
    #expect(queueError { try queue.put([String(repeating: "y", count: 200)]) }?.code == .tooLarge)
    #expect(queue.count == 2)
    #expect(try queue.get() == long && queue.get() == [])
    let orders = try SharedQueue<Order>(capacity: 2)
    let order = Order(name: "a", numbers: [.nan, -0.0], options: ["b": nil, "c": 3])
    try orders.put(order)
    #expect(try orders.get().options == order.options)
  }

  @Test func `a closed queue returns its remaining items and then ends`() throws {
    let queue = try SharedQueue<Int>(capacity: 4)
    try queue.put(contentsOf: [1, 2, 3])
    queue.close()
    #expect(queue.isClosed)
    #expect(queueError { try queue.put(4) }?.code == .closed)
    #expect(Array(queue) == [1, 2, 3])
    #expect(queueError { _ = try queue.get() }?.code == .closed)
    #expect(try queue.tryGet() == nil)
    let full = try SharedQueue<Int>(capacity: 1)
    try full.put(1)
    full.close()
    #expect(queueError { try full.put(4) }?.code == .closed)
    #expect(try full.get() == 1)
    #expect(Array(full) == [])
  }

  @Test(arguments: [StartMethod.fork, .spawn, .forkServer])
  func `workers share a queue until it is closed`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let numbers = try SharedQueue<Int>(capacity: 16)
        let sums = try SharedQueue<[Int]>(capacity: 4)
        let workers = try (0..<4).map { _ in
          try WorkerProcess.start(SumUp.self, SumUp.Queues(numbers: numbers, sums: sums), method: method)
        }
        for number in 0..<1_000 { try numbers.put(number) }
        numbers.close()
        var (count, sum) = (0, 0)
        for worker in workers {
          let part = try sums.get(timeout: .seconds(30))
          count += part[0]
          sum += part[1]
          _ = try worker.result()
        }
        #expect(count == 1_000 && sum == 499_500)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `tasks wait for items without blocking, and a cancelled one ends`() async throws {
    let queue = try SharedQueue<Int>(capacity: 4)
    let sum = Task {
      var sum = 0
      for try await item in queue.items { sum += item }
      return sum
    }
    for number in 1...100 { try queue.put(number) }
    queue.close()
    #expect(try await sum.value == 5050)
    let idle = try SharedQueue<Int>(capacity: 4)
    let waiting = Task {
      for try await _ in idle.items { Issue.record("an empty queue returned an item") }
      return Task.isCancelled
    }
    waiting.cancel()
    #expect(try await waiting.value)
  }

  @Test func `a queue can be an item of another queue`() throws {
    let outer = try SharedQueue<SharedQueueOfNumbers>(capacity: 1, largestItem: 512)
    let block = try SharedBlock.create(.generated, byteCount: 100_000)
    let inner = try SharedQueue<Int>(on: block, capacity: 3)
    try inner.put(5)
    try outer.put(SharedQueueOfNumbers(queue: inner))
    let back = try outer.get().queue
    #expect(try back.get() == 5)
  }

  @Test func `queues leak no descriptors or mappings`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        // Runs in a forked child, whose only thread maps nothing else during the test.
        let termination = try forkedChild(within: .seconds(60)) {
          // Runs once first, for what a process keeps: participants, and the memory of the last
          // large queue for the next one.
          guard usesQueues() else { return 1 }
          let (descriptors, mappings) = (openDescriptors(), mappingCount())
          for _ in 0..<100 { guard usesQueues() else { return 2 } }
          if openDescriptors() != descriptors { return 3 }
          // The heap might have grown by a mapping or two.
          return mappingCount() <= mappings + 2 ? 0 : 4
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }
}

/// Creates two queues and drops them; returns whether an item passed through each.
private func usesQueues() -> Bool {
  guard let queue = try? SharedQueue<Int>(capacity: 1_000),
    let large = try? SharedQueue<Line>(capacity: 100_000)
  else { return false }
  return (try? queue.put(1)) != nil && (try? large.put(Line(1))) != nil && (try? queue.get()) == 1
    && (try? large.get().value) == 1
}

/// A queue as an item of another queue.
struct SharedQueueOfNumbers: Transferable {
  var queue: SharedQueue<Int>

  func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.encode(queue) }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> SharedQueueOfNumbers {
    SharedQueueOfNumbers(queue: try reader.decode())
  }
}

/// Takes numbers until the queue is closed; puts their count and their sum into another queue.
enum SumUp: WorkFunction {
  struct Queues: Transferable {
    var numbers: SharedQueue<Int>
    var sums: SharedQueue<[Int]>

    func encode(into writer: inout TransferWriter) throws(TransferError) {
      try writer.encode(numbers)
      try writer.encode(sums)
    }

    static func decode(from reader: inout TransferReader) throws(TransferError) -> Queues {
      Queues(numbers: try reader.decode(), sums: try reader.decode())
    }
  }

  static func call(_ queues: Queues) throws -> Int {
    var (count, sum) = (0, 0)
    for number in queues.numbers {
      count += 1
      sum += number
    }
    try queues.sums.put([count, sum])
    return count
  }
}
