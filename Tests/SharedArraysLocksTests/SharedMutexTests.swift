import Dispatch
import Glibc
import SharedArraysLocks
import SharedArraysMemory
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

func lockError(_ body: () throws -> Void) -> LockError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? LockError)?.code }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedMutexTests {
  @Test func `processes that count under a mutex count exactly`() throws {
    let (mutex, words) = (try SharedMutex(), try SharedWords())
    let ended = try forkedChildren(4) {
      for _ in 0..<5_000 {
        guard (try? mutex.withLock { words[0] = words[0] + 1 }) != nil else { return 1 }
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) } && words[0] == 20_000)
  }

  @Test func `a plain mutex refuses a second lock by its owner, and only its owner unlocks it`() throws {
    let mutex = try SharedMutex()
    #expect(lockError { try mutex.unlock() } == .notOwner)
    try mutex.lock()
    #expect(lockError { try mutex.lock() } == .alreadyLocked)
    #expect(lockError { try mutex.withLock {} } == .alreadyLocked)
    #expect(lockError { try mutex.markRepaired() } == .notOwner)
    let ended = try forkedChild {
      if lockError({ try mutex.unlock() }) != .notOwner { return 1 }
      if (try? mutex.tryLock()) != .some(nil) { return 2 }
      return lockError { try mutex.lock(timeout: .milliseconds(10)) } == .timedOut ? 0 : 3
    }
    #expect(ended == .exited(code: 0))
    try mutex.unlock()
    let recursive = try SharedMutex(isRecursive: true)
    _ = try recursive.withLock { try recursive.withLock { try recursive.lock() } }
    #expect(try recursive.tryLock() == .acquired)
    try recursive.unlock()
    try recursive.unlock()
    #expect(lockError { try recursive.unlock() } == .notOwner)
  }

  @Test func `the owner's death is reported once, and repaired data can be used again`() throws {
    let (mutex, words) = (try SharedMutex(), try SharedWords())
    func die() throws {
      let ended = try forkedChild {
        try? mutex.withLock {
          words[0] = 1
          kill(getpid(), SIGKILL)
        }
        return 1
      }
      #expect(ended == .signaled(9))
    }
    try die()
    var repairs = 0
    let found = try mutex.withLock {
      words[0]
    } repair: {
      repairs += 1
      words[0] = 0
    }
    #expect(found == 0 && repairs == 1)
    try mutex.withLock {
    } repair: {
      repairs += 1
    }
    #expect(repairs == 1)
    try die()
    #expect(try mutex.lock(timeout: .seconds(5)) == .ownerDied)
    try mutex.markRepaired()
    try mutex.unlock()
    try die()
    #expect(try mutex.tryLock() == .ownerDied)
    try mutex.unlock()
    #expect(lockError { try mutex.withLock {} } == .unrecoverable)
  }

  @Test(arguments: 0..<4)
  func `a mutex whose data no process repairs refuses every process`(way: Int) throws {
    let mutex = try SharedMutex()
    _ = try forkedChild {
      _ = try? mutex.lock()
      kill(getpid(), SIGKILL)
      return 1
    }
    switch way {
    case 0: #expect(lockError { try mutex.withLock {} } == .ownerDied)
    case 1:
      try mutex.lock()
      try mutex.unlock()
    case 2:
      #expect(throws: CancellationError.self) {
        try mutex.withLock {
        } repair: {
          throw CancellationError()
        }
      }
    default:
      _ = try mutex.tryLock()
      try mutex.unlock()
    }
    #expect(lockError { try mutex.withLock {} } == .unrecoverable)
    #expect(lockError { try mutex.lock(timeout: .milliseconds(1)) } == .unrecoverable)
    #expect(lockError { _ = try mutex.tryLock() } == .unrecoverable)
    let ended = try forkedChild {
      lockError {
        try mutex.withLock {
        } repair: {
        }
      } == .unrecoverable ? 0 : 1
    }
    #expect(ended == .exited(code: 0))
  }

  @Test func `the death of an owner wakes a process that waits for its mutex`() throws {
    let (mutex, words) = (try SharedMutex(), try SharedWords())
    let owner = try startChild {
      _ = try? mutex.lock()
      words[0] = 1
      while true { pause() }
    }
    #expect(words.wait(for: 0))
    let ended = try forkedChildren(3) {
      (try? mutex.withLock(timeout: .seconds(30)) {
        words.add(1, to: 2)
      } repair: {
        words.add(1, to: 1)
      })
        == nil ? 1 : 0
    } meanwhile: {
      usleep(20_000)
      owner.signal(9)
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(words[1] == 1 && words[2] == 3)
  }

  @Test func `a thrown error unlocks, and results are returned`() throws {
    let mutex = try SharedMutex()
    #expect(throws: CancellationError.self) { try mutex.withLock { throw CancellationError() } }
    #expect(try mutex.withLock { 42 } == 42)
  }

  // MARK: Places

  @Test func `other programs find a named mutex, and its last user removes the name`() throws {
    var name = ""
    do {
      let mutex = try SharedMutex(.generatedName())
      name = try #require(mutex.name)
      try mutex.lock()
      let ended = try forkedChild {
        guard let other = try? SharedMutex.attach(name) else { return 1 }
        return (try? other.tryLock()) == .some(nil) ? 0 : 2
      }
      #expect(ended == .exited(code: 0))
      #expect(throws: SharedMemoryError.self) { try SharedMutex(.named(name)) }
      #expect(throws: SharedMemoryError.self) { try SharedEvent.attach(name) }
      #expect(throws: SharedMemoryError.self) { try SharedBlock.attach(name) }
      #expect(try SegmentInfo.list().contains { $0.name == name })
      try mutex.unlock()
    }
    #expect(!sharedMemoryNames().contains(name))
    #expect(throws: SharedMemoryError.self) { try SharedMutex.attach(name) }
  }

  @Test func `objects in a block are found at their offsets and by their types only`() throws {
    var block = try SharedBlock.create(.generated, byteCount: 1_000)
    do {
      let mutex = try SharedMutex(.on(block, byteOffset: 64))
      let total = try SharedValue(3.5, .on(block, byteOffset: 256))
      let other = try SharedBlock.attach(block.name)
      try SharedMutex(attachedTo: other, byteOffset: 64).withLock {
        #expect(lockError { try mutex.lock() } == .alreadyLocked)
      }
      #expect(try SharedValue<Double>(attachedTo: other, byteOffset: 256).load() == 3.5)
      #expect(throws: SharedMemoryError.self) { try SharedValue<Int>(attachedTo: other, byteOffset: 256) }
      for offset in [0, 8, 128, -64, 960, 1_024] {
        #expect(throws: SharedMemoryError.self) { try SharedMutex(attachedTo: other, byteOffset: offset) }
      }
      for offset in [8, -64, 960] {
        #expect(throws: SharedMemoryError.self) { try SharedMutex(.on(block, byteOffset: offset)) }
      }
      // The memory stays while any object in it is in use.
      #expect(throws: SharedMemoryError.self) { try block.detach() }
      try total.store(1)
    }
    try block.detach()
  }

  @Test func `handles that are sent refer to the same object`() throws {
    let (mutex, value) = (try SharedMutex(), try SharedValue(Int32(5)))
    let message = try TransferMessage(encoding: mutex)
    let back = try message.decode(as: SharedMutex.self)
    _ = try back.withLock { #expect(throws: LockError.self) { try mutex.lock() } }
    let other = try TransferMessage(encoding: value)
    #expect(try other.decode(as: SharedValue<Int32>.self).load() == 5)
  }

  @Test func `a damaged mutex is refused`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 256)
    for offset in [0, 7, 8, 12, 23] {
      _ = try SharedMutex(.on(block))
      block.store(255, at: offset)
      #expect(throws: SharedMemoryError.self) { try SharedMutex(attachedTo: block) }
    }
    _ = try SharedMutex(.on(block))
    // The kind of the mutex, which libc does not check.
    for byte in 64 + 12..<64 + 20 { block.store(0xA5, at: byte) }
    #expect(throws: SharedMemoryError.self) { try SharedMutex(attachedTo: block) }
  }
}
