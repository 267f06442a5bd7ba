import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the mapping has two bytes for each id below `room`, and the messages of 512 bytes hold 64
// aligned numbers.

/// The way in which items pass through a queue.
private enum Passage: Codable, CaseIterable { case raw, encoded, inPlace }

/// `QUEUE_STORM` in the environment sets the number of processes that are started.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct SharedQueueStormTests {
  @Test(arguments: Passage.allCases, [1, 2, 3, 1_000])
  fileprivate func `killed, stopped and excess processes lose at most the items they held`(
    passage: Passage, capacity: Int
  ) async {
    await #expect(processExitsWith: .success) { [passage, capacity] in
      inOwnProcess {
        alarm(0)
        // Fewer records than processes.
        let storm = try Storm(passage, capacity: capacity, participants: 5)
        let kills = try storm.run(environmentNumber("QUEUE_STORM", or: 60), seed: capacity)
        let (missing, doubled) = storm.account()
        #expect(
          doubled == 0 && missing <= kills, "\(missing) missing, \(doubled) duplicated of \(storm.started)")
        #expect(storm.queue.lostCount <= kills)
      }
    }
  }
}

/// One interface to the three kinds of queue.
private struct Pipeline {
  let raw: SharedQueue<Int>?
  let encoded: SharedQueue<String>?
  let bytes: SharedByteQueue?

  init(_ passage: Passage, capacity: Int, participants: Int) throws {
    raw = passage == .raw ? try SharedQueue(capacity: capacity, participants: participants) : nil
    encoded =
      passage == .encoded
      ? try SharedQueue(capacity: capacity, largestItem: 512, participants: participants) : nil
    bytes =
      passage == .inPlace
      ? try SharedByteQueue(capacity: capacity, largestMessage: 512, participants: participants) : nil
  }

  func put(_ id: Int) throws {
    if let raw { try raw.put(id, timeout: .seconds(60)) }
    if let encoded { try encoded.put(String(repeating: "\(id),", count: 40), timeout: .seconds(60)) }
    try bytes?.put(byteCount: 512, timeout: .seconds(60)) { place in
      for index in 0..<64 { place.storeBytes(of: id, toByteOffset: index * 8, as: Int.self) }
    }
  }

  /// Takes the next item; returns -1 if it is torn.
  func get() throws -> Int {
    if let raw { return try raw.get(timeout: .seconds(60)) }
    if let encoded {
      let parts = try encoded.get(timeout: .seconds(60)).split(separator: ",")
      return parts.count == 40 && Set(parts).count == 1 ? Int(parts[0]) ?? -1 : -1
    }
    return try bytes!.get(timeout: .seconds(60)) { bytes in
      let ids = (0..<64).map { unsafe bytes.unsafeLoad(fromByteOffset: $0 * 8, as: Int.self) }
      return Set(ids).count == 1 ? ids[0] : -1
    }
  }

  func close() {
    raw?.close()
    encoded?.close()
    bytes?.close()
  }

  var lostCount: Int { (raw?.lostCount ?? 0) + (encoded?.lostCount ?? 0) }
}

/// Producers and consumers that start and are killed.
private final class Storm {
  static let room = 1 << 22
  let queue: Pipeline
  /// The counts of assigned ids, torn items, and failures.
  let words: SharedWords
  /// One byte per id for whether it was put in, then one byte per id for how often it was taken
  /// out.
  private let marks: MemoryMapping

  init(_ passage: Passage, capacity: Int, participants: Int) throws {
    queue = try Pipeline(passage, capacity: capacity, participants: participants)
    words = try SharedWords()
    marks = try MemoryMapping(sharedWithChildren: 2 * Self.room)
  }

  var started: Int { min(words[0], Self.room) }

  /// Counts an id. No two processes write the same byte, unless an item is duplicated.
  private func mark(_ id: Int, out: Bool) {
    precondition(id >= 0 && id < Self.room)
    unsafe marks.address.assumingMemoryBound(to: UInt8.self)[out ? Self.room + id : id] &+= 1
  }

  private func act(_ role: Int) -> CInt {
    while true {
      do {
        if role == 0 {
          let id = words.add(1, to: 0)
          if id >= Self.room { return 0 }
          try queue.put(id)
          mark(id, out: false)
        } else {
          let id = try queue.get()
          if id < 0 { words.add(1, to: 1) } else { mark(id, out: true) }
        }
      } catch let error as QueueError {
        // All records are taken.
        if error.code == .sharedMemory { usleep(500) } else { return error.code == .closed ? 0 : 3 }
      } catch { return 4 }
    }
  }

  /// - Returns: The number of processes killed.
  func run(_ count: Int, seed: Int) throws -> Int {
    var dice = Dice(state: UInt64(seed) &+ 3)
    var (living, kills) = ([Storming](), 0)
    for number in 0..<count {
      let role = number % 2
      living.append(try Storming { act(role) })
      if living.count < 7 { continue }
      usleep(UInt32(dice.roll(3_000)))
      let index = dice.roll(living.count)
      if dice.roll(3) == 0 {
        living[index].child.signal(Int(SIGSTOP))
        usleep(UInt32(dice.roll(2_000)))
        if dice.roll(2) == 0 { living[index].child.signal(Int(SIGCONT)) }
      }
      if dice.roll(2) == 0 { living[index].child.signal(Int(SIGCONT)) }
      living[index].child.signal(9)
      #expect(try living[index].ends())
      living.remove(at: index)
      kills += 1
    }
    queue.close()
    // Takes out what is left in the queue, until its end.
    while true {
      let id: Int
      do { id = try queue.get() } catch let error as QueueError {
        if error.code == .sharedMemory { continue }
        #expect(error.code == .closed)
        break
      }
      mark(id, out: true)
    }
    for one in living { #expect(try one.ends(), "a process did not end after the queue was closed") }
    #expect(words[1] == 0, "torn items")
    return kills
  }

  func account() -> (missing: Int, doubled: Int) {
    let bytes = unsafe UnsafeRawBufferPointer(start: marks.address, count: 2 * Self.room)
    return (
      (0..<started).count { unsafe bytes[$0] == 1 && bytes[Self.room + $0] == 0 },
      (0..<started).count { unsafe bytes[Self.room + $0] > 1 }
    )
  }
}

/// A forked child that an array can hold.
private final class Storming {
  let child: ChildProcess
  init(_ body: () -> CInt) throws { child = try startChild(body) }
  func ends() throws -> Bool { try child.ends() }
}
