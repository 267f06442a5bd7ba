import Glibc
import Multiprocessing
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the block, which stays mapped, has 8192 bytes; the offsets are multiples of 8 and smaller
// than that.

/// Hand-made states of a queue whose process died between two instructions, and memory that another
/// process has overwritten.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SharedQueueDamageTests {
  @Test func `the number of a dead participant is not reused while a cell contains it`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let queue = try SharedByteQueue(capacity: 4, largestMessage: 8, participants: 2)
        #expect(queueError { _ = try queue.get(timeout: .zero) as [UInt8] }?.code == .timedOut)
        let victim = try startChild {
          try? queue.put(byteCount: 1) { _ in kill(getpid(), SIGKILL) }
          return 1
        }
        #expect(try victim.ends())
        // Only the victim's record is free for it, and it stays alive while its item is waited for.
        let heir = try startChild {
          try? queue.put(([9] as [UInt8]).span.bytes)
          while true { pause() }
        }
        #expect(try queue.get(timeout: .seconds(10)) as [UInt8] == [9])
        let losses = try queue.losses()
        #expect(losses.count == 1 && losses[0].pid == victim.pid && losses[0].number == 0)
        heir.signal(9)
        #expect(try heir.ends())
      }
    }
  }

  @Test
  func `a consumer that dies before it returns its cell counts once, and a join waits for the others`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let place = try QueuePlace(capacity: 2)
        let queue = try SharedQueue<Int>(on: place.block, capacity: 2, participants: 4, tracksItems: true)
        try queue.put(contentsOf: [1, 2])
        let victim = try startChild {
          _ = try? queue.get()
          // The state between removing the item and returning the cell.
          place[QueuePlace.cells] = 3 << 13 | UInt64(place.ownRecord)
          kill(getpid(), SIGKILL)
          return 1
        }
        #expect(try victim.ends())
        #expect(queueError { try queue.join(timeout: .zero) }?.code == .consumerDied)
        #expect(try !queue.join(timeout: .zero))
        #expect(try queue.get() == 2)
        try queue.markDone()
        #expect(try queue.join(timeout: .seconds(10)))
        #expect(try queue.losses().map(\.pid) == [victim.pid])
      }
    }
  }

  @Test func `a join reports the unfinished items of a destroyed handle`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let place = try QueuePlace(capacity: 2)
        let queue = try SharedQueue<Int>(on: place.block, capacity: 2, participants: 2, tracksItems: true)
        try queue.put(1)
        do { _ = try SharedQueue<Int>(attachedTo: place.block).get() }
        #expect(queueError { try queue.join(timeout: .seconds(10)) }?.code == .consumerDied)
        #expect(try queue.join(timeout: .zero))
      }
    }
  }

  @Test func `a header with other item sizes is a mismatch`() throws {
    let place = try QueuePlace(capacity: 2)
    let queue = try SharedQueue<Int>(on: place.block, capacity: 2, participants: 4)
    for size: UInt64 in [0, 1, 7, 9] {
      place[24] = size
      let error = queueError { _ = try SharedQueue<Int>(attachedTo: place.block) }
      #expect(error?.underlying?.code == .mismatch, "\(size) bytes")
    }
    place[24] = 8
    try SharedQueue<Int>(attachedTo: place.block).put(3)
    #expect(try queue.get() == 3)
  }

  @Test(arguments: [0, 1, 4, 6, 7] as [UInt64])
  func `a wait for a cell that no process can change is an error`(state: UInt64) throws {
    let place = try QueuePlace(capacity: 1)
    let queue = try SharedQueue<Int>(on: place.block, capacity: 1, participants: 4)
    try queue.put(1)
    #expect(try queue.get() == 1)
    // One lap behind the consumers, which the state should have held back.
    place[QueuePlace.cells] = state << 13
    #expect(queueError { _ = try queue.get(timeout: .seconds(10)) }?.code == .corrupt)
    if state == 0 || state > 4 {
      #expect(queueError { try queue.put(1, timeout: .seconds(10)) }?.code == .corrupt)
    }
  }

  @Test func `calls on a queue with overwritten memory end without a crash`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        alarm(0)
        for seed in 0..<environmentNumber("DAMAGE_ROUNDS", or: 150) {
          let ended = try forkedChild {
            alarm(30)
            return (try? damageQueue(seed)) == nil ? 1 : 0
          }
          #expect(ended == .exited(code: 0), "seed \(seed)")
        }
      }
    }
  }
}

/// Calls every operation that does not wait, while the words of a queue become garbage.
private func damageQueue(_ seed: Int) throws {
  var dice = Dice(state: UInt64(seed) &* 77 &+ 5)
  let capacity = [1, 2, 3, 40][dice.roll(4)]
  let place = try QueuePlace(capacity: capacity)
  let queue = try SharedQueue<Int>(on: place.block, capacity: capacity, participants: 4, tracksItems: true)
  let values: [UInt64] = [0, 1, .max, 1 << 63, 1 << 24, 2 << 13, 3 << 13 | 77, 7 << 13, 0xffff_ffff]
  for _ in 0..<300 {
    // After the header, which is read only once.
    let word = 8 * (16 + dice.roll((QueuePlace.cells + capacity * 8) / 8 - 16))
    if dice.roll(3) == 0 { place[word] = values[dice.roll(values.count)] }
    switch dice.roll(10) {
    case 0: _ = try? queue.put(contentsOf: [1, 2, 3], timeout: .zero)
    case 1: _ = try? queue.get(upTo: 3, timeout: .zero)
    case 2: _ = try? queue.losses()
    case 3: _ = try? queue.join(timeout: .zero)
    case 4: try? queue.markDone()
    case 5: _ = (queue.count, queue.isEmpty, queue.lostCount, queue.unfinishedCount)
    case 6: if dice.roll(20) == 0 { queue.close() }
    case 7: _ = try? queue.tryPut(3)
    case 8: _ = try? waitAny([queue], timeout: .zero)
    default: _ = try? queue.tryGet()
    }
  }
}

/// The words of a queue of four participants in a block.
private struct QueuePlace {
  static let records = 1152
  static let cells = records + 4 * 64
  let block: SharedBlock
  /// Makes this process a participant, which is only possible while the block has its name.
  private let keeper: SharedSemaphore

  init(capacity: Int) throws {
    block = try SharedBlock.create(.generated, byteCount: 8192)
    keeper = try SharedSemaphore(permits: 0, participants: 1, .on(block, byteOffset: 4096))
    try block.unlink()
  }

  subscript(_ offset: Int) -> UInt64 {
    get { unsafe block.memory!.data.load(fromByteOffset: offset, as: UInt64.self) }
    nonmutating set {
      unsafe block.memory!.data.storeBytes(of: newValue, toByteOffset: offset, as: UInt64.self)
    }
  }

  /// The index of this process among the participants.
  var ownRecord: Int { (0..<4).first { self[Self.records + $0 * 64] >> 32 == UInt64(getpid()) } ?? 0 }
}
