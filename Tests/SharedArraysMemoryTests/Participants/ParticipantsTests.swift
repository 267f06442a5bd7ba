import Dispatch
import Glibc
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the memory holds `count` records of `stride` bytes, which `memory` keeps mapped, and
// `index` is smaller than `count`. Each record's number is aligned to 8 bytes.

/// A shared object that consists only of its participants; each record has a number behind its
/// head.
private struct Crowd {
  static let stride = 32
  let memory: MemoryOwner
  let participation: Participation

  init(_ count: Int) throws {
    try self.init(Arena.allocate(byteCount: count * Self.stride, zeroed: true), count)
  }

  init(_ memory: MemoryOwner, _ count: Int) throws {
    self.memory = memory
    participation = Participation(try Participants(of: memory, at: 0, count: count, stride: Self.stride))
  }

  func join() throws -> Int { try participation.index { set(0, at: $0) } }

  /// Returns the record that a process has taken which was killed then.
  func recordOfKilledProcess() throws -> Int {
    let words = try SharedWords()
    let ended = try forkedChild {
      words[0] = ((try? join()) ?? 98) + 1
      kill(getpid(), SIGKILL)
      return 2
    }
    #expect(ended == .signaled(9))
    return words[0] - 1
  }

  /// Returns the number in a participant's record.
  func value(at index: Int) -> Int { unsafe (memory.data + index * Self.stride + 16).load(as: Int.self) }

  func set(_ value: Int, at index: Int) {
    unsafe (memory.data + index * Self.stride + 16).storeBytes(of: value, as: Int.self)
  }
}

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ParticipantsTests {
  @Test func `a killed process leaves a record that is reclaimed once`() throws {
    let crowd = try Crowd(8)
    let mine = try crowd.join()
    let words = try SharedWords()
    let child = try startChild {
      guard let index = try? crowd.join() else { return 1 }
      crowd.set(7, at: index)
      words[0] = index + 1
      while true { pause() }
    }
    #expect(words.wait(for: 0))
    let theirs = words[0] - 1
    #expect(theirs != mine)
    #expect(crowd.participation.participants.presence(theirs) == .alive)
    #expect(crowd.participation.participants.pid(theirs) == child.pid)
    #expect(!crowd.participation.participants.reclaim(theirs) { _ in })
    child.signal(9)
    #expect(try child.ends())
    #expect(crowd.participation.participants.presence(theirs) == .dead)
    var repaired: [Int] = []
    #expect(
      crowd.participation.participants.reclaim(theirs) {
        repaired.append(crowd.value(at: $0))
        crowd.set(0, at: $0)
      })
    #expect(!crowd.participation.participants.reclaim(theirs) { repaired.append($0) })
    #expect(repaired == [7])
    #expect(crowd.participation.participants.presence(theirs) == .none)
    #expect(crowd.participation.participants.presence(mine) == .alive)
  }

  @Test func `a worker that has exited normally counts as left, not as dead`() throws {
    let crowd = try Crowd(4)
    let ended = try forkedChild { CInt((try? crowd.join()) ?? 99) }
    guard case .exited(let index) = ended else {
      Issue.record("The child did not exit with a record: it \(ended).")
      return
    }
    #expect(crowd.participation.participants.presence(index) == .left)
    #expect(crowd.participation.participants.reclaim(index) { _ in })
  }

  @Test func `a child that lives on does not make its killed parent look alive`() throws {
    let crowd = try Crowd(4)
    let words = try SharedWords()
    let child = try startChild {
      words[0] = ((try? crowd.join()) ?? 98) + 1
      if fork() == 0 {
        words[1] = Int(getpid())
        while words[2] == 0 { usleep(1000) }
        _exit(0)
      }
      while true { pause() }
    }
    #expect(words.wait(for: 0) && words.wait(for: 1))
    child.signal(9)
    #expect(try child.ends())
    #expect(crowd.participation.participants.presence(words[0] - 1) == .dead)
    words[2] = 1
    #expect(waitUntil { processState(words[1]) == nil })
  }

  @Test func `a forked child takes a record of its own and leaves its parent's alone`() throws {
    let crowd = try Crowd(4)
    let mine = try crowd.join()
    crowd.set(5, at: mine)
    let ended = try forkedChild {
      guard crowd.participation.currentIndex == nil, let own = try? crowd.join() else { return 1 }
      return own != mine && crowd.participation.participants.presence(mine) == .alive ? 0 : 2
    }
    #expect(ended == .exited(code: 0))
    #expect(crowd.participation.currentIndex == mine && crowd.value(at: mine) == 5)
    #expect(crowd.participation.participants.presence(mine) == .alive)
  }

  @Test func `handles of one process have a record each and empty it`() throws {
    let crowd = try Crowd(3)
    let first = try crowd.join()
    do {
      let second = try Crowd(crowd.memory, 3)
      let index = try second.join()
      #expect(index != first)
      #expect(try second.join() == index)
      #expect(crowd.participation.participants.presence(index) == .alive)
    }
    let others = (0..<3).filter { $0 != first }
    for index in others { #expect(crowd.participation.participants.presence(index) == .none) }
  }

  @Test func `threads that join at once share one record`() throws {
    let crowd = try Crowd(64)
    for _ in 0..<20 {
      let handle = try Crowd(crowd.memory, 64)
      let found = try SharedWords()
      DispatchQueue.concurrentPerform(iterations: 8) { found[$0] = (try? handle.join()) ?? -1 }
      let indices = Set((0..<8).map { found[$0] })
      #expect(indices.count == 1 && !indices.contains(-1))
    }
    let taken = (0..<64).filter { crowd.participation.participants.presence($0) != .none }
    #expect(taken.isEmpty)
  }

  @Test func `a full table is a typed error, and a dead record is reused when no other is free`() throws {
    let crowd = try Crowd(2)
    let first = try crowd.join()
    let second = try Crowd(crowd.memory, 2)
    let held = try second.join()
    let third = try Crowd(crowd.memory, 2)
    #expect(throws: SharedMemoryError.self) { try third.join() }
    second.participation.participants.leave(held)
    let ended = try forkedChild {
      guard let index = try? crowd.join() else { return 1 }
      crowd.set(9, at: index)
      kill(getpid(), SIGKILL)
      return 2
    }
    #expect(ended == .signaled(9))
    var repaired: [Int] = []
    let index = try third.participation.index {
      repaired.append(crowd.value(at: $0))
      crowd.set(0, at: $0)
    }
    #expect(index == 1 - first && repaired == [9])
  }

  @Test func `a join waits while another process repairs the only free record`() throws {
    let crowd = try Crowd(2)
    #expect(try crowd.join() >= 0)
    let (words, dead) = (try SharedWords(), try crowd.recordOfKilledProcess())
    let repairer = try startChild {
      let hasRepaired = crowd.participation.participants.reclaim(dead) { _ in
        words[1] = 1
        while words[2] == 0 { usleep(1_000) }
        usleep(50_000)
      }
      return hasRepaired ? 0 : 1
    }
    #expect(words.wait(for: 1))
    #expect(crowd.participation.participants.presence(dead) == .dead, "a repair is not a sign of life")
    #expect(!crowd.participation.participants.reclaim(dead) { _ in }, "only one process repairs at a time")
    words[2] = 1
    #expect(try Crowd(crowd.memory, 2).join() == dead)
    #expect(try repairer.ends())
  }

  @Test func `a join gives up while a stopped process repairs the only free record`() throws {
    let crowd = try Crowd(2)
    #expect(try crowd.join() >= 0)
    let (words, dead) = (try SharedWords(), try crowd.recordOfKilledProcess())
    let repairer = try startChild {
      crowd.participation.participants.reclaim(dead) { _ in
        words[1] = 1
        while true { pause() }
      }
      return 1
    }
    #expect(words.wait(for: 1))
    let other = try Crowd(crowd.memory, 2)
    #expect(throws: SharedMemoryError.self) { try other.join() }
    repairer.signal(9)
    #expect(try repairer.ends())
    #expect(try other.join() == dead, "the repair is repeated")
  }

  @Test func `named memory has participants even after its name was removed`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 4 * Crowd.stride)
    let memory = try #require(block.memory)
    let crowd = try Crowd(memory, 4)
    try block.unlink()
    let mine = try crowd.join()
    let ended = try forkedChild {
      guard let own = try? crowd.join(), own != mine else { return 1 }
      return crowd.participation.participants.presence(mine) == .alive ? 0 : 2
    }
    #expect(ended == .exited(code: 0))
    // This process has the liveness file. A process with neither the liveness file nor the name
    // could not take part.
    #expect(try Crowd(memory, 4).join() != mine)
  }

  @Test func `a released object leaves no descriptors behind`() throws {
    let ended = try forkedChild {
      let before = openDescriptors()
      for _ in 0..<50 {
        guard let crowd = try? Crowd(1_000), (try? crowd.join()) != nil,
          let other = try? Crowd(crowd.memory, 1_000),
          (try? other.join()) != nil
        else { return 1 }
      }
      // The arena holds one descriptor; no liveness file is left.
      return openDescriptors() <= before + 1 ? 0 : 2
    }
    #expect(ended == .exited(code: 0))
  }
}
