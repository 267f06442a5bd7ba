import SharedArraysMemory
import TestSupport
import Testing

/// Python's `multiprocessing.shared_memory` and `SharedBlock` attach to each other's memory.
@Suite(.serialized, .timeLimit(.minutes(2)), .needsNumPy)
struct SharedBlockPythonTests {
  /// Attaches as a program that does not own the block must, in any version of Python.
  private static let attach = """
    import sys
    from multiprocessing import resource_tracker
    from multiprocessing.shared_memory import SharedMemory
    def attach(name):
        if sys.version_info >= (3, 13):
            return SharedMemory(name=name, track=False)
        shm = SharedMemory(name=name)
        resource_tracker.unregister(shm._name, "shared_memory")
        return shm

    """

  @Test(arguments: [1, 1000, 4096, 5 << 20 + 1])
  func `Python attaches a block that Swift created`(byteCount: Int) throws {
    let block = try SharedBlock.create(.generated, byteCount: byteCount)
    block.store(41, at: byteCount - 1)
    let program =
      Self.attach + """
        shm = attach(sys.argv[1])
        print(shm.size, shm.buf[shm.size - 1], sum(shm.buf[:-1]))
        shm.buf[0] = 42
        shm.close()
        """
    #expect(try python(program, block.name) == "\(byteCount) 41 0")
    #expect(block.bytes.byte(at: 0) == 42)
    #expect(sharedMemoryNames().contains(block.name))
  }

  @Test(arguments: [1, 1000, 4096, 5 << 20 + 1])
  func `Swift attaches a block that Python created`(byteCount: Int) throws {
    let program = """
      import sys
      from multiprocessing import resource_tracker
      from multiprocessing.shared_memory import SharedMemory
      shm = SharedMemory(create=True, size=int(sys.argv[1]))
      shm.buf[shm.size - 1] = 43
      resource_tracker.unregister(shm._name, "shared_memory")  # outlives this process
      print(shm.name, shm._name)
      """
    let names = try python(program, "\(byteCount)").split(separator: " ").map(String.init)
    let block = try SharedBlock.attach(names[0])
    defer { try? block.unlink() }
    #expect(names[0].hasPrefix("psm_") && names[1] == "/" + names[0])
    #expect(try SharedBlock.attach(names[1]).name == names[0])
    #expect(block.byteCount == byteCount)
    #expect(block.bytes.byte(at: byteCount - 1) == 43)
    block.store(44, at: 0)
    let reading = Self.attach + "shm = attach(sys.argv[1]); print(shm.buf[0])"
    #expect(try python(reading, names[0]) == "44")
    #expect(try SharedBlock.list().contains { $0.name == names[0] && $0.byteCount == byteCount })
  }

  /// The behavior that the documentation of `SharedBlock` warns of: Python removes the name.
  @Test func `Python removes a block that it only attached, unless tracking is turned off`() throws {
    let careless = """
      import sys
      from multiprocessing.shared_memory import SharedMemory
      SharedMemory(name=sys.argv[1]).close()
      """
    let kept = try SharedBlock.create(.generated, byteCount: 10)
    _ = try python(Self.attach + "attach(sys.argv[1]).close()", kept.name)
    let lost = try SharedBlock.create(.generated, byteCount: 10)
    _ = try python(careless, lost.name)
    // A separate process, the resource tracker, removes the name a little later.
    #expect(waitUntil { !sharedMemoryNames().contains(lost.name) })
    #expect(sharedMemoryNames().contains(kept.name))
    // This process still has the memory.
    lost.store(1, at: 0)
    #expect(code { try lost.unlink() } == .notFound)
  }

  @Test func `a block that Python unlinks is gone for Swift and Python`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 10, lifetime: .persistent)
    let program = """
      import sys
      from multiprocessing.shared_memory import SharedMemory
      shm = SharedMemory(name=sys.argv[1])
      shm.close()
      shm.unlink()
      """
    _ = try python(program, block.name)
    #expect(code { _ = try SharedBlock.attach(block.name) } == .notFound)
    let missing = """
      import sys
      from multiprocessing.shared_memory import SharedMemory
      try: SharedMemory(name=sys.argv[1])
      except FileNotFoundError: print("not found")
      """
    #expect(try python(missing, block.name) == "not found")
  }
}
