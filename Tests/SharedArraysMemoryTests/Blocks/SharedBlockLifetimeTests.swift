import Glibc
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: only the buffer's size is read.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SharedBlockLifetimeTests {
  // MARK: Handles

  @Test func `the creator's last handle removes the name of a temporary block`() throws {
    var block = try SharedBlock.create(.generated, byteCount: 10)
    let name = block.name
    var copy: SharedBlock? = block
    let other = try SharedBlock.attach(name)
    #expect(copy?.byteCount == 10)
    copy = nil
    #expect(sharedMemoryNames().contains(name))
    try block.detach()
    #expect(!sharedMemoryNames().contains(name))
    // `other` still has the memory.
    other.store(3, at: 9)
    #expect(other.bytes.byte(at: 9) == 3)
  }

  @Test func `a persistent block stays until it is unlinked`() throws {
    let name = try freeBlockName()
    do { _ = try SharedBlock.create(name, byteCount: 10, lifetime: .persistent) }
    #expect(sharedMemoryNames().contains(name))
    do { try SharedBlock.attach(name).store(1, at: 0) }
    #expect(try SharedBlock.attach(name).bytes.byte(at: 0) == 1)
    try SharedBlock.unlink(name)
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `a process that attached a block does not remove its name`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 10)
    do { _ = try SharedBlock.attach(block.name) }
    do { _ = try SharedBlock.attach(block.name, access: .readOnly) }
    #expect(sharedMemoryNames().contains(block.name))
  }

  @Test func `detaching is refused while other handles are in use`() throws {
    var block = try SharedBlock.create(.generated, byteCount: 10, lifetime: .persistent)
    var copy = block
    #expect(code { try block.detach() } == .inUse)
    #expect(block.byteCount == 10)
    withExtendedLifetime(copy) { #expect(code { try block.detach() } == .inUse) }
    copy = try SharedBlock.attach(block.name)
    try block.detach()
    #expect(block.byteCount == 0 && block.bytes.isEmpty && block.mutableBytes.isEmpty)
    let count = unsafe block.withUnsafeMutableBytes { bytes in bytes.count }
    #expect(count == 0)
    try block.detach()
    #expect(copy.byteCount == 10)
    try block.unlink()
    #expect(code { try block.unlink() } == .notFound)
  }

  @Test func `a successor under the same name is left alone`() throws {
    let name = try freeBlockName()
    var first = try SharedBlock.create(name, byteCount: 10)
    try SharedBlock.unlink(name)
    first.store(1, at: 0)
    let second = try SharedBlock.create(name, byteCount: 20)
    #expect(code { try first.unlink() } == .notFound)
    try first.detach()
    #expect(try SharedBlock.attach(name).byteCount == 20)
    #expect(second.bytes.byte(at: 0) == 0)
  }

  // MARK: Processes

  @Test func `a forked child that drops the handle leaves the name`() throws {
    var block: SharedBlock? = try .create(.generated, byteCount: 10)
    let name = try #require(block?.name)
    let end = try forkedChild {
      do { try block?.detach() } catch { return 1 }
      // The child does remove what it creates itself.
      guard let own = try? SharedBlock.create(.generated, byteCount: 10) else { return 2 }
      let ownName = own.name
      withExtendedLifetime(own) {}
      _ = consume own
      return sharedMemoryNames().contains(ownName) ? 3 : 0
    }
    #expect(end == .exited(code: 0))
    #expect(sharedMemoryNames().contains(name))
    try block?.detach()
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `a process that exits removes the names of its blocks, and its child's exit does not`()
    async throws
  {
    let name = try freeBlockName()
    await #expect(processExitsWith: .exitCode(0)) { [name = name as String] in
      let block = try SharedBlock.create(name, byteCount: 10)
      let end = try forkedChild { exit(0) }
      guard end == .exited(code: 0), sharedMemoryNames().contains(name) else { exit(1) }
      withExtendedLifetime(block) { exit(0) }
    }
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test(.needsFaultInjection) func `a name whose removal failed is removed at exit`() async throws {
    let name = try freeBlockName()
    await #expect(processExitsWith: .exitCode(0)) { [name = name as String] in
      var block = try SharedBlock.create(name, byteCount: 10)
      try FaultInjection.failing("shm_open", with: EMFILE) { try block.detach() }
      exit(sharedMemoryNames().contains(name) ? 0 : 1)
    }
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `a killed creator's block keeps its name and bytes`() async throws {
    let name = try freeBlockName()
    await #expect(processExitsWith: .signal(SIGKILL)) { [name = name as String] in
      let block = try SharedBlock.create(name, byteCount: 10)
      block.store(5, at: 9)
      withExtendedLifetime(block) { _ = kill(getpid(), SIGKILL) }
    }
    // Neither creating nor listing segments treats the block as abandoned.
    _ = try SegmentInfo.list()
    #expect(try SharedBlock.list().contains { $0.name == name && $0.byteCount == 10 })
    #expect(try SharedBlock.attach(name).bytes.byte(at: 9) == 5)
    try SharedBlock.unlink(name)
    #expect(!sharedMemoryNames().contains(name))
  }

  // MARK: Leaks

  @Test func `a thousand blocks leave nothing behind`() throws {
    let before = sharedMemoryNames()
    let end = try forkedChild {
      let (descriptors, mappings) = (openDescriptors(), mappingCount())
      for _ in 0..<1000 {
        guard let block = try? SharedBlock.create(.generated, byteCount: 100),
          let other = try? SharedBlock.attach(block.name), other.byteCount == 100
        else { return 1 }
      }
      if openDescriptors() != descriptors { return 2 }
      return mappingCount() > mappings + 8 ? 3 : 0
    }
    #expect(end == .exited(code: 0))
    #expect(sharedMemoryNames().subtracting(before).filter { $0.hasPrefix("sharedarray-") } == [])
  }

  @Test(.needsFaultInjection)
  func `every system call of creating and attaching can fail and leaves nothing behind`() async throws {
    let name = try freeBlockName()
    await #expect(processExitsWith: .exitCode(0)) { [name = name as String] in
      _ = try SharedBlock.create(name, byteCount: 100)  // reads now what a process reads once
      let whole = try FaultInjection.countingCalls { _ = try SharedBlock.create(name, byteCount: 3 << 20) }
      let descriptors = openDescriptors()
      for call in 0..<whole {
        _ = try? FaultInjection.failing("*", with: EIO, afterCalls: call) {
          _ = try SharedBlock.create(name, byteCount: 3 << 20)
        }
        // Where the removal failed, the name would stay until the process exits.
        try? SharedBlock.unlink(name)
        if sharedMemoryNames().contains(name) || openDescriptors() != descriptors { exit(CInt(call + 1)) }
      }
      let block = try SharedBlock.create(name, byteCount: 100)
      let calls = try FaultInjection.countingCalls { _ = try SharedBlock.attach(name) }
      for call in 0..<calls {
        let failed = code {
          try FaultInjection.failing("*", with: EIO, afterCalls: call) { _ = try SharedBlock.attach(name) }
        }
        if failed != .system || openDescriptors() != descriptors { exit(CInt(100 + call)) }
      }
      withExtendedLifetime(block) { exit(0) }
    }
    #expect(!sharedMemoryNames().contains(name))
  }
}
