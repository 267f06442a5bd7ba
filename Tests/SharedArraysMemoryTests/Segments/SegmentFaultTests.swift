import Glibc
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)), .needsFaultInjection)
struct SegmentFaultTests {
  /// The agent checks after each fault that nothing is left, and that the same works without the
  /// fault.
  @Test(
    arguments: [
      "create", "create-large", "create-unnamed", "attach", "copy", "unlink", "list", "detach",
    ])
  func `every system call can fail, once or for ever`(operation: String) throws {
    try withPeers(1) { peers, name in
      let answer = try peers[0].ask("faults \(operation) \(name)")
      #expect(answer.contains(" faults, "), "\(answer)")
      let hasErrors = !answer.contains(" 0 errors")
      #expect(hasErrors == (operation != "detach"))
    }
  }

  @Test(
    arguments: [
      ("open", ENOSPC, "insufficientMemory"), ("open", EMFILE, "tooManyOpenFiles"),
      ("open", ENFILE, "tooManyOpenFiles"), ("open", EROFS, "unavailable"), ("open", ENOENT, "unavailable"),
      ("open", EACCES, "permissionDenied"), ("ftruncate", EFBIG, "tooLarge"),
      ("mmap", ENOMEM, "outOfAddressSpace"), ("fallocate", ENOSPC, "insufficientMemory"),
      ("fallocate", ENOMEM, "insufficientMemory"), ("fallocate", EIO, "system"),
      ("linkat", ENOENT, "unavailable"), ("linkat", EIO, "system"), ("flock", ENOLCK, "system"),
      ("getrandom", EIO, "system"),
    ])
  func `an error of creating has the code of its cause`(
    call: String, error: CInt, code: String
  ) throws {
    try withPeers(1) { peers, name in
      let before = try peers[0].ask("resources")
      #expect(try peers[0].ask("fail \(call) \(error) create \(name) 100").hasPrefix("error \(code):"))
      #expect(!sharedMemoryNames().contains(name))
      #expect(try peers[0].ask("resources") == before)
      #expect(try peers[0].ask("create \(name) 100").hasPrefix("created"))
    }
  }

  @Test func `a refused huge page costs no more than the huge page`() throws {
    try withPeers(1) { peers, name in
      let answer = try peers[0].ask("fail madvise(MADV_COLLAPSE) \(EINVAL) create \(name) \(5 << 20)")
      #expect(answer.hasPrefix("created"))
      #expect(try SharedMemoryDirectory.status(of: name).allocatedByteCount >= 5 << 20)
      try peers[0].ask("fill \(name) 3")
      #expect(try peers[0].ask("check \(name) 3") == "right")
    }
  }

  @Test func `a size that cannot be allocated is an error with the sizes`() throws {
    try withPeers(1) { peers, name in
      let answer = try peers[0].ask("create \(name) \(1 << 42)")
      #expect(answer.hasPrefix("error insufficientMemory:"))
      #expect(answer.contains("bytes requested"))
      #expect(try peers[0].ask("create \(name) \(1 << 50)").hasPrefix("error outOfAddressSpace:"))
      #expect(try peers[0].ask("create \(name) \(Int.max)").hasPrefix("error tooLarge:"))
    }
  }

  @Test func `every operation reports that no descriptor is left`() throws {
    try withPeers(2) { peers, name in
      try peers[1].ask("create \(name) 100")
      let lowest = Int(try peers[0].ask("resources").split(separator: " ")[0])!
      // The limit only works as intended if just the three standard descriptors are open.
      #expect(lowest == 3)
      try peers[0].ask("descriptors 3")
      for command in [
        "create \(name)-b 100", "generate 100", "unnamed 100", "attach \(name)", "copy \(name)",
        "unlink \(name)", "list",
      ] {
        #expect(try peers[0].ask(command).hasPrefix("error tooManyOpenFiles"), "\(command)")
      }
      try peers[0].ask("descriptors 64")
      #expect(try peers[0].ask("attach \(name)").hasPrefix("attached"))
    }
  }
}
