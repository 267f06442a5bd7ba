import Glibc
import SharedArraysSystem
import TestSupport
import Testing

/// Creation where the system lacks `O_TMPFILE`: it uses a hidden name first.
@Suite(.serialized, .timeLimit(.minutes(2)), .needsFaultInjection)
struct HiddenNameTests {
  @Test(arguments: [EOPNOTSUPP, EISDIR, EINVAL])
  func `a segment is created without O_TMPFILE`(error: CInt) throws {
    try withPeers(2) { peers, name in
      #expect(try peers[0].ask("fail open \(error) create \(name) 5000").hasPrefix("created"))
      #expect(try SharedMemoryDirectory.status(of: name).linkCount == 1)
      #expect(try peers[1].ask("attach \(name)").hasPrefix("attached"))
      #expect(try peers[1].ask("fail open \(error) create \(name) 100").hasPrefix("error alreadyExists"))
      try peers[0].ask("detach \(name)")
      #expect(sharedMemoryNames().contains(name))
    }
  }

  @Test func `the next list removes a killed process's staged segment and keeps a living one's`() throws {
    try withPeers(3) { peers, _ in
      let dead = try peers[0].ask("draft")
      let living = try peers[1].ask("draft")
      #expect(peers[0].kill())
      try peers[2].ask("list")
      #expect(!sharedMemoryNames().contains(dead))
      #expect(sharedMemoryNames().contains(living))
      #expect(peers[1].kill())
      try peers[2].ask("list")
      #expect(!sharedMemoryNames().contains(living))
    }
  }
}
