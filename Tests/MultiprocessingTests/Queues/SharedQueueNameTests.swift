import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedQueueNameTests {
  @Test func `programs find a queue by its name until it is unlinked`() throws {
    let queue = try SharedQueue<Int>.create(.generated, capacity: 4)
    let name = try #require(queue.name)
    #expect(sharedMemoryNames().contains(name))
    do {
      let other = try SharedQueue<Int>.attach(name)
      try queue.put(7)
      #expect(try other.get() == 7 && other.capacity == 4)
    }
    let ended = try forkedChild {
      guard let other = try? SharedQueue<Int>.attach(name) else { return 1 }
      return (try? other.put(9)) != nil ? 0 : 2
    }
    #expect(ended == .exited(code: 0))
    #expect(try queue.get() == 9)
    #expect(try SegmentInfo.list().contains { $0.name == name })
    try queue.unlink()
    #expect(!sharedMemoryNames().contains(name))
    #expect(throws: SharedMemoryError.self) { try queue.unlink() }
  }

  @Test func `invalid queues, names and offsets are refused`() throws {
    let queue = try SharedQueue<Int>.create(.generated, capacity: 4)
    let name = try #require(queue.name)
    func code(_ body: () throws -> Void) -> SharedMemoryError.Code? { queueError(body)?.underlying?.code }
    #expect(code { _ = try SharedQueue<UInt>.attach(name) } == .mismatch)
    #expect(code { _ = try SharedQueue<Int>.create(name, capacity: 1) } == .alreadyExists)
    #expect(code { _ = try SharedQueue<Int>.attach(name + "x") } == .notFound)
    #expect(code { _ = try SharedQueue<Int>.create("a/b", capacity: 1) } == .invalidName)
    #expect(throws: SharedMemoryError.self) { try SharedBlock.attach(name) }
    let block = try SharedBlock.create(.generated, byteCount: 40_000)
    #expect(code { _ = try SharedQueue<Int>(attachedTo: block) } == .mismatch)
    #expect(code { _ = try SharedQueue<Int>(on: block, byteOffset: 8, capacity: 1) } == .misaligned)
    #expect(code { _ = try SharedQueue<Int>(on: block, byteOffset: -64, capacity: 1) } == .misaligned)
    #expect(code { _ = try SharedQueue<Int>(on: block, capacity: 100_000) } == .tooSmall)
    #expect(code { _ = try SharedQueue<Int>(on: block, byteOffset: 40_000, capacity: 1) } == .tooSmall)
    let placed = try SharedQueue<Int>(on: block, byteOffset: 64, capacity: 10, participants: 8)
    try placed.put(3)
    #expect(try SharedQueue<Int>(attachedTo: block, byteOffset: 64).get() == 3)
    #expect(code { _ = try SharedQueue<Int>(attachedTo: block, byteOffset: 128) } == .mismatch)
  }

  @Test func `arbitrary words in a queue's memory cause errors or time-outs, but no crash`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        var dice = Dice(state: 99)
        let block = try SharedBlock.create(.generated, byteCount: 20_000)
        var failures = 0
        for _ in 0..<environmentNumber("QUEUE_DAMAGES", or: 3_000) {
          for index in 0..<20_000 / 8 { block.storeWord(0, at: index * 8) }
          let queue = try SharedQueue<Line>(on: block, capacity: 1 + dice.roll(20), participants: 4)
          for number in 0..<dice.roll(4) where try queue.tryPut(Line(number)) {}
          for _ in 0...dice.roll(3) {
            // Positions, states, laps, claimants, sleepers; the values are single bits, small
            // numbers, or random.
            let places = [128, 256, 384, 448, 512, 1152, 1160, 1152 + 256, 1152 + 264, 1152 + 272]
            let place = places[dice.roll(places.count)]
            let value: UInt64 =
              switch dice.roll(4) {
              case 0: 1 << UInt64(dice.roll(64))
              case 1: UInt64(dice.roll(64)) << 13 | UInt64(dice.roll(8))
              case 2: UInt64(dice.roll(4)) << 24 | UInt64(dice.roll(7)) << 13
              default: UInt64(dice.roll(1 << 30)) &* 0x9E37_79B9_7F4A_7C15
              }
            block.storeWord(value, at: place)
          }
          for _ in 0..<6 {
            do { _ = try queue.get(timeout: .zero) } catch { failures += 1 }
            do { try queue.put(Line(1), timeout: .zero) } catch { failures += 1 }
          }
          _ = try? queue.losses()
          _ = (queue.count, queue.isClosed)
          queue.close()
          _ = try? queue.tryGet()
          if let other = try? SharedQueue<Line>(attachedTo: block) { _ = try? other.tryGet() }
        }
        #expect(failures > 100)
      }
    }
  }

  @Test(arguments: [0, 8, 16, 24, 32, 40, 48])
  func `a header that another process has changed is refused`(place: Int) throws {
    let block = try SharedBlock.create(.generated, byteCount: 20_000)
    for value: UInt64 in [1 << 63, 1 << 40, 20_000, UInt64.max, 1 << 24 + 1] {
      _ = try SharedQueue<Int>(on: block, capacity: 4, participants: 4)
      block.storeWord(value, at: place)
      #expect(queueError { _ = try SharedQueue<Int>(attachedTo: block) }?.underlying?.code == .mismatch)
      for index in 0..<20_000 / 8 { block.storeWord(0, at: index * 8) }
    }
  }
}

extension SharedBlock {
  fileprivate func storeWord(_ word: UInt64, at offset: Int) {
    var bytes = mutableBytes
    bytes.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
  }
}
