import Glibc
import Multiprocessing
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// Transfers of all kinds of locks, and of queues, as arguments to workers of all start methods.

private let workers = 3
private let turns = 300

/// The location of a test's objects.
enum ObjectPlaces: String, Codable, CaseIterable {
  case unnamed, named, block
}

/// One object of each kind.
struct LockKit: Transferable {
  var mutex: SharedMutex
  var recursive: SharedMutex
  var readWriteLock: SharedReadWriteLock
  var semaphore: SharedSemaphore
  var barrier: SharedBarrier
  var event: SharedEvent
  var condition: SharedCondition
  var value: SharedValue<Int>
  var atomic: SharedAtomic<Int>
  /// The values that the first four guard: each is changed by a load and a store, which only a lock
  /// makes atomic.
  var guarded: [SharedAtomic<Int>]
  var isOpen: SharedAtomic<Int>
  var numbers: SharedQueue<Int>
  var texts: SharedQueue<String>

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(mutex)
    try writer.encode(recursive)
    try writer.encode(readWriteLock)
    try writer.encode(semaphore)
    try writer.encode(barrier)
    try writer.encode(event)
    try writer.encode(condition)
    try writer.encode(value)
    try writer.encode(atomic)
    try writer.encode(guarded)
    try writer.encode(isOpen)
    try writer.encode(numbers)
    try writer.encode(texts)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> LockKit {
    LockKit(
      mutex: try reader.decode(), recursive: try reader.decode(), readWriteLock: try reader.decode(),
      semaphore: try reader.decode(), barrier: try reader.decode(), event: try reader.decode(),
      condition: try reader.decode(), value: try reader.decode(), atomic: try reader.decode(),
      guarded: try reader.decode(), isOpen: try reader.decode(), numbers: try reader.decode(),
      texts: try reader.decode())
  }

  func addOne(to number: Int) { guarded[number].store(guarded[number].load() + 1) }
}

extension LockKit {
  /// Creates objects without names, under generated names, or side by side in a block.
  init(_ places: ObjectPlaces, in block: SharedBlock?) throws {
    var offset = 0
    func place() -> SharedObjectPlace {
      defer { offset += 1 << 14 }
      switch places {
      case .unnamed: return .unnamed
      case .named: return .generatedName()
      case .block: return .on(block!, byteOffset: offset)
      }
    }
    func queue<Item: Transferable>(of type: Item.Type) throws -> SharedQueue<Item> {
      defer { offset += 1 << 15 }
      switch places {
      case .unnamed: return try SharedQueue(capacity: 4, largestItem: 64)
      case .named: return try SharedQueue.create(.generated, capacity: 4, largestItem: 64)
      case .block: return try SharedQueue(on: block!, byteOffset: offset, capacity: 4, largestItem: 64)
      }
    }
    mutex = try SharedMutex(place())
    recursive = try SharedMutex(place(), isRecursive: true)
    readWriteLock = try SharedReadWriteLock(place())
    semaphore = try SharedSemaphore(permits: 1, isBounded: true, place())
    barrier = try SharedBarrier(parties: workers + 1, place())
    event = try SharedEvent(place())
    condition = try SharedCondition(place())
    value = try SharedValue(0, place())
    atomic = try SharedAtomic(0, place())
    guarded = try (0..<4).map { _ in try SharedAtomic(0, place()) }
    isOpen = try SharedAtomic(0, place())
    numbers = try queue(of: Int.self)
    texts = try queue(of: String.self)
  }
}

/// Uses all of the objects.
enum UseLocks: WorkFunction {
  static func call(_ kit: LockKit) throws -> Int {
    kit.event.wait()
    for _ in 0..<turns {
      try kit.mutex.withLock { kit.addOne(to: 0) }
      try kit.recursive.withLock { try kit.recursive.withLock { kit.addOne(to: 1) } }
      try kit.readWriteLock.withWriteLock { kit.addOne(to: 2) }
      try kit.semaphore.withPermit { kit.addOne(to: 3) }
      try kit.value.withLock { $0 += 1 }
      kit.atomic.add(1)
    }
    try kit.barrier.wait()
    let seen = try kit.readWriteLock.withReadLock { kit.guarded[2].load() }
    try kit.mutex.lock()
    try kit.condition.wait(kit.mutex) { kit.isOpen.load() == 1 }
    try kit.mutex.unlock()
    for number in kit.numbers { try kit.texts.put("\(number)") }
    return seen
  }
}

/// Dies while it holds everything that a process can hold.
enum DieWithLocks: WorkFunction {
  static func call(_ kit: LockKit) throws -> NoValue {
    try kit.barrier.register()
    try kit.semaphore.acquire()
    try kit.readWriteLock.lockForWriting()
    try kit.mutex.lock()
    try kit.value.withLock {
      $0 = 99
      kill(getpid(), SIGKILL)
    }
    return NoValue()
  }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct LockTransferTests {
  @Test(arguments: [StartMethod.fork, .spawn, .forkServer], ObjectPlaces.allCases)
  func `locks and queues passed as arguments are the same objects in the worker`(
    method: StartMethod, places: ObjectPlaces
  ) async {
    await #expect(processExitsWith: .success) { [method, places] in
      inOwnProcess {
        let block = places == .block ? try SharedBlock.create(.generated, byteCount: 1 << 19) : nil
        let kit = try LockKit(places, in: block)
        let processes = try (0..<workers).map { _ in
          try WorkerProcess.start(UseLocks.self, kit, method: method)
        }
        #expect(kit.guarded.allSatisfy { $0.load() == 0 }, "no worker starts before the event")
        kit.event.set()
        try kit.barrier.wait(timeout: .seconds(60))
        #expect(kit.guarded.map { $0.load() } == Array(repeating: workers * turns, count: 4))
        #expect(try kit.value.load() == workers * turns && kit.atomic.load() == workers * turns)
        try kit.mutex.withLock { kit.isOpen.store(1) }
        kit.condition.notifyAll()

        var texts: [String] = []
        for number in 0..<20 {
          try kit.numbers.put(number, timeout: .seconds(60))
          texts.append(try kit.texts.get(timeout: .seconds(60)))
        }
        kit.numbers.close()
        #expect(texts == (0..<20).map { "\($0)" })
        let seen = try processes.map { try $0.result(timeout: .seconds(60)) }
        #expect(seen == Array(repeating: workers * turns, count: workers))
        #expect(try kit.semaphore.permits() == 1)
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [StartMethod.fork, .spawn, .forkServer], ObjectPlaces.allCases)
  func `locks passed as arguments recover as documented when their worker dies`(
    method: StartMethod, places: ObjectPlaces
  ) async {
    await #expect(processExitsWith: .success) { [method, places] in
      inOwnProcess {
        let block = places == .block ? try SharedBlock.create(.generated, byteCount: 1 << 19) : nil
        let kit = try LockKit(places, in: block)
        let victim = try WorkerProcess.start(DieWithLocks.self, kit, method: method)
        #expect(try victim.join(timeout: .seconds(60)))
        #expect(victim.termination == .signaled(9))

        try kit.semaphore.acquire(timeout: .seconds(60))
        #expect(try kit.mutex.lock(timeout: .seconds(60)) == .ownerDied)
        #expect(try kit.readWriteLock.lockForWriting(timeout: .seconds(60)) == .ownerDied)
        #expect(try kit.value.load(timeout: .seconds(60)) == 0, "the change was not completed")
        #expect(try kit.barrier.isBroken())
        try kit.mutex.unlock()
        try kit.readWriteLock.unlockForWriting()
        CurrentProcess.endForkServer()
      }
    }
  }
}
