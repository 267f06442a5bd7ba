import Glibc
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SegmentLifecycleTests {
  @Test(arguments: [1, 8, 4095, 4096, 4097, 65536, 3 << 20, (1 << 20) + 1])
  func `an attacher sees every byte the creator wrote`(byteCount: Int) throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) \(byteCount)")
      try peers[0].ask("fill \(name) 17")
      #expect(try peers[1].ask("attach \(name)").hasSuffix(" \(byteCount)"))
      #expect(try peers[1].ask("check \(name) 17") == "right")
      try peers[1].ask("fill \(name) 5")
      #expect(try peers[0].ask("check \(name) 5") == "right")
    }
  }

  @Test func `an empty segment can be created and attached`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 0")
      #expect(try peers[1].ask("attach \(name)").hasSuffix(" 0"))
    }
  }

  @Test func `the data outlives its creator while another process holds it`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 5000")
      try peers[0].ask("fill \(name) 3")
      try peers[1].ask("attach \(name)")
      try peers[0].ask("detach \(name)")
      #expect(try peers[1].ask("check \(name) 3") == "right")
      #expect(sharedMemoryNames().contains(name))
      try peers[1].ask("detach \(name)")
      #expect(!sharedMemoryNames().contains(name))
    }
  }

  @Test func `attaching, unlinking or copying a free name is an error`() throws {
    try withPeers(1) { peers, name in
      for verb in ["attach", "unlink", "copy"] {
        let answer = try peers[0].ask("\(verb) \(name)")
        #expect(answer.hasPrefix("error notFound"))
      }
    }
  }

  @Test func `a name is taken until its last user has detached`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      #expect(try peers[1].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      #expect(try peers[0].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      try peers[0].ask("detach \(name)")
      #expect(try peers[1].ask("create \(name) 100").hasPrefix("created"))
    }
  }

  @Test func `unlinking removes the name at once, and every user keeps the memory`() throws {
    try withPeers(3) { peers, name in
      let old = try peers[0].ask("create \(name) 100")
      try peers[1].ask("attach \(name)")
      #expect(try peers[1].ask("unlink \(name)") == "unlinked")
      #expect(!sharedMemoryNames().contains(name))
      #expect(try peers[2].ask("attach \(name)").hasPrefix("error notFound"))
      try peers[0].ask("store \(name) 42")
      #expect(try peers[1].ask("load \(name)") == "42")
      let new = try peers[2].ask("create \(name) 100")
      #expect(new.hasPrefix("created") && new != old, "another generation")
      #expect(try peers[2].ask("load \(name)") == "0")
      // Processes that hold the old segment leave the new one alone.
      #expect(try peers[0].ask("unlink-own \(name)").hasPrefix("error notFound"))
      try peers[0].ask("detach \(name)")
      try peers[1].ask("detach \(name)")
      #expect(try peers[0].ask("attach \(name)").split(separator: " ")[2] == new.split(separator: " ")[2])
    }
  }

  @Test func `a second unlink finds nothing`() throws {
    try withPeers(1) { peers, name in
      try peers[0].ask("create \(name) 100")
      #expect(try peers[0].ask("unlink-own \(name)") == "unlinked")
      #expect(try peers[0].ask("unlink-own \(name)").hasPrefix("error notFound"))
      #expect(try peers[0].ask("unlink \(name)").hasPrefix("error notFound"))
    }
  }

  @Test func `the next list removes a segment that only its killed creator held`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      #expect(peers[0].kill())
      #expect(try peers[1].ask("list \(name)") == "0")
      #expect(!sharedMemoryNames().contains(name))
    }
  }

  @Test func `a new segment replaces one that only its killed creator held`() throws {
    try withPeers(3) { peers, name in
      // A process sweeps only at its first create.
      try peers[1].ask("create \(name)-other 100")
      let old = try peers[0].ask("create \(name) 100")
      #expect(peers[0].kill())
      let new = try peers[1].ask("create \(name) 200")
      #expect(new.hasPrefix("created") && new != old)
      #expect(try peers[2].ask("attach \(name)").hasSuffix(" 200"))
    }
  }

  @Test func `a process's first create removes other segments that killed processes left`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name)-old 100")
      #expect(peers[0].kill())
      try peers[1].ask("create \(name)-new 100")
      #expect(!sharedMemoryNames().contains(name + "-old"))
    }
  }

  @Test func `the next list removes a segment whose holders were all killed`() throws {
    try withPeers(4) { peers, name in
      try peers[0].ask("create \(name) 100")
      for peer in peers[1...2] { try peer.ask("attach \(name)") }
      for peer in peers[0...2] { #expect(peer.kill()) }
      #expect(try peers[3].ask("list \(name)") == "0")
      #expect(!sharedMemoryNames().contains(name))
    }
  }

  @Test func `a persistent segment stays until it is unlinked`() throws {
    try withPeers(3) { peers, name in
      try peers[0].ask("create \(name) 100 persistent")
      try peers[0].ask("store \(name) 7")
      #expect(peers[0].kill())
      #expect(try peers[1].ask("list \(name)") == "1 \(name)")
      try peers[1].ask("attach \(name)")
      #expect(try peers[1].ask("load \(name)") == "7")
      try peers[1].ask("detach \(name)")
      #expect(try peers[2].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      #expect(try peers[2].ask("unlink \(name)") == "unlinked")
    }
  }

  @Test func `a segment stays for the others, however an attacher ends`() throws {
    try withPeers(4) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[0].ask("store \(name) 9")
      for peer in peers[1...2] { try peer.ask("attach \(name)") }
      #expect(peers[1].kill())
      try peers[2].quit()
      if FaultInjection.isAvailable {
        #expect(try peers[3].ask("fail mmap \(ENOMEM) attach \(name)").hasPrefix("error outOfAddressSpace"))
      }
      #expect(try peers[3].ask("list \(name)") == "1 \(name)")
      #expect(try peers[3].ask("attach \(name)").hasPrefix("attached"))
      #expect(try peers[3].ask("load \(name)") == "9")
    }
  }

  @Test(arguments: ["readOnly", "readWrite", "copyOnWrite"])
  func `the last process to detach removes the name, whatever its access`(access: String) throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[1].ask("attach \(name) \(access)")
      try peers[0].ask("detach \(name)")
      #expect(try peers[0].ask("list \(name)") == "1 \(name)")
      try peers[1].ask("detach \(name)")
      #expect(!sharedMemoryNames().contains(name))
    }
  }

  @Test func `a stopped process keeps the segments it holds`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      kill(peers[0].pid, SIGSTOP)
      #expect(try peers[1].ask("list \(name)") == "1 \(name)")
      #expect(try peers[1].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      kill(peers[0].pid, SIGCONT)
      #expect(try peers[0].ask("load \(name)") == "0")
    }
  }

  @Test func `a copy does not hold its source`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[0].ask("store \(name) 11")
      #expect(try peers[1].ask("copy \(name)") == "copied 100 11")
      try peers[0].ask("detach \(name)")
      #expect(!sharedMemoryNames().contains(name))
    }
  }

  @Test func `an unnamed segment leaves nothing behind`() throws {
    try withPeers(1) { peers, _ in
      let before = try peers[0].ask("resources")
      for byteCount in [0, 100, 3 << 20] {
        #expect(try peers[0].ask("unnamed \(byteCount)").hasPrefix("created -"))
        try peers[0].ask("detach -")
      }
      #expect(try peers[0].ask("resources") == before)
    }
  }

  @Test func `attaching and detaching leaves no descriptor and no mapping`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      let before = try peers[1].ask("resources")
      for _ in 0..<100 {
        try peers[1].ask("attach \(name)")
        try peers[1].ask("detach \(name)")
      }
      #expect(try peers[1].ask("resources") == before)
    }
  }
}
