import Glibc
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SegmentNameTests {
  static let refused = [
    "", ".", "..", "/", "//", "a/b", "/a", "a/", "../etc/passwd", "a\0b", "\0", "a\nb", "\t", "\u{7f}",
    String(repeating: "n", count: 256), String(repeating: "é", count: 128), ".sharedarray-x",
    ".sharedarray-",
  ]

  @Test(arguments: refused)
  func `an invalid name is refused by every operation before any system call`(name: String) {
    let codes: [SharedMemoryError.Code?] = [
      code { _ = try create(name) },
      code { _ = try Segment.attach(name, access: .readWrite) },
      code { try Segment.unlink(name) },
      code { _ = try Segment.loadCopy(of: name) { _, _ throws(SharedMemoryError) in try create("-") } },
    ]
    #expect(codes == Array(repeating: .invalidName, count: 4))
    let calls = FaultInjection.countingCalls {
      _ = code { _ = try create(name) }
      _ = code { _ = try Segment.attach(name, access: .readWrite) }
      _ = code { try Segment.unlink(name) }
    }
    #expect(calls == 0)
  }

  @Test func `the error of an invalid name states the rule and shows control characters`() {
    let error = #expect(throws: SharedMemoryError.self) { try Segment.unlink("a\nb\0") }
    #expect(
      error?.description == """
        Shared memory "a\\nb\\0": this is not a valid segment name (it contains a control character).
        """)
  }

  @Test(arguments: [1, 254, 255])
  func `a name of up to 255 bytes works with every operation`(byteCount: Int) throws {
    try withPeers(2) { peers, name in
      let long = String((name + String(repeating: "n", count: 255)).prefix(byteCount))
      if byteCount == 1 && sharedMemoryNames().contains(long) { return }
      #expect(try peers[0].ask("create \(long) 100").hasPrefix("created"))
      #expect(try peers[1].ask("attach \(long)").hasPrefix("attached"))
      #expect(try peers[1].ask("list \(long)").split(separator: " ").contains(Substring(long)))
      #expect(try peers[1].ask("unlink \(long)") == "unlinked")
      #expect(!sharedMemoryNames().contains(long))
      // The last process to detach looks up the name too.
      #expect(try peers[1].ask("create \(long) 100").hasPrefix("created"))
      try peers[1].ask("detach \(long)")
      #expect(!sharedMemoryNames().contains(long))
    }
  }

  @Test(arguments: ["-grün ∑", "-a b", "-'\"$(x)", "-.", "-💾", "-sem.x"])
  func `any other character can be in a name`(suffix: String) throws {
    try withPeers(0) { _, name in
      let segment = try create(name + suffix)
      #expect(try Segment.attach(name + suffix, access: .readOnly).segment.control == segment.control)
      #expect(sharedMemoryNames().contains(name + suffix))
      try segment.unlink()
    }
  }

  @Test func `generated names differ and hold 64 random bits`() throws {
    try withPeers(1) { peers, _ in
      var names: Set<String> = []
      for _ in 0..<50 {
        let name = String(try peers[0].ask("generate 8").split(separator: " ")[1])
        #expect(name.hasPrefix("sharedarray-") && name.utf8.count == "sharedarray-".utf8.count + 16)
        #expect(sharedMemoryNames().contains(name))
        names.insert(name)
        try peers[0].ask("detach \(name)")
      }
      #expect(names.count == 50)
    }
  }

  @Test(.needsFaultInjection)
  func `a generated name that is taken is replaced by another one`() throws {
    let segment = try FaultInjection.failing("linkat", with: EEXIST) { () throws(SharedMemoryError) in
      try Segment.create(.generated, dataByteCount: 8, header: RawSpan(), lifetime: .persistent)
    }
    try segment.unlink()
  }

  private func create(_ name: String) throws(SharedMemoryError) -> Segment {
    try Segment.create(.named(name), dataByteCount: 8, header: RawSpan(), lifetime: .persistent)
  }
}
