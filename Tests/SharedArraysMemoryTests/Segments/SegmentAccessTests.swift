import Glibc
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the paths are null-terminated for the calls, which keep no pointers.

@Suite(.serialized, .timeLimit(.minutes(2)))
struct SegmentAccessTests {
  @Test(
    arguments: ["0", "22", "77", "777"],
    FaultInjection.isAvailable ? ["", "fail open \(EOPNOTSUPP) "] : [""])
  func `only its user can open a segment, whatever the umask`(umask: String, circumstance: String) throws {
    try withPeers(1) { peers, name in
      try peers[0].ask("umask \(umask)")
      #expect(try peers[0].ask("\(circumstance)create \(name) 100").hasPrefix("created"))
      #expect(try SharedMemoryDirectory.status(of: name).permissions == 0o600)
    }
  }

  @Test(arguments: ["readOnly r--s", "readWrite rw-s", "copyOnWrite rw-p"])
  func `a mapping has the requested access and no more`(accessAndProtection: String) throws {
    let words = accessAndProtection.split(separator: " ")
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[1].ask("attach \(name) \(words[0])")
      #expect(try peers[1].ask("protection \(name)") == words[1])
    }
  }

  @Test func `changes to a private copy stay there`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[1].ask("attach \(name) copyOnWrite")
      try peers[1].ask("store \(name) 5")
      #expect(try peers[1].ask("load \(name)") == "5")
      #expect(try peers[0].ask("load \(name)") == "0")
    }
  }

  // MARK: Other users

  private static let nobody = 65534

  @Test(.needsRoot)
  func `another user is refused`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[1].ask("user \(Self.nobody)")
      for command in ["attach \(name)", "attach \(name) readOnly", "unlink \(name)", "copy \(name)"] {
        #expect(try peers[1].ask(command).hasPrefix("error permissionDenied"), "\(command)")
      }
      #expect(try peers[1].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      #expect(try peers[1].ask("list \(name)") == "0")
      #expect(try peers[0].ask("list \(name)") == "1 \(name)")
    }
  }

  @Test(.needsRoot)
  func `a segment that another user may read can be copied, not attached`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("create \(name) 100")
      try peers[0].ask("store \(name) 8")
      #expect(unsafe chmod("/dev/shm/" + name, 0o666) == 0)
      try peers[1].ask("user \(Self.nobody)")
      #expect(try peers[1].ask("attach \(name)").hasPrefix("error foreignUser"))
      #expect(try peers[1].ask("attach \(name) readOnly").hasPrefix("error foreignUser"))
      #expect(try peers[1].ask("unlink \(name)").hasPrefix("error foreignUser"))
      #expect(try peers[1].ask("copy \(name)") == "copied 100 8")
    }
  }

  @Test(.needsRoot)
  func `the superuser leaves the segments of other users alone`() throws {
    try withPeers(2) { peers, name in
      try peers[0].ask("user \(Self.nobody)")
      #expect(try peers[0].ask("create \(name) 100").hasPrefix("created"))
      #expect(try peers[1].ask("attach \(name)").hasPrefix("error foreignUser"))
      #expect(try peers[1].ask("unlink \(name)").hasPrefix("error foreignUser"))
      #expect(try peers[1].ask("list \(name)") == "0")
      #expect(try peers[1].ask("copy \(name)") == "copied 100 0")
    }
  }

  @Test(.needsRoot)
  func `only its owner removes an abandoned segment`() throws {
    try withPeers(3) { peers, name in
      for peer in peers[0...1] { try peer.ask("user \(Self.nobody)") }
      #expect(try peers[0].ask("create \(name) 100").hasPrefix("created"))
      #expect(peers[0].kill())
      #expect(try peers[2].ask("copy \(name)") == "copied 100 0")
      #expect(try peers[2].ask("list \(name)") == "0")
      #expect(try peers[2].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      #expect(sharedMemoryNames().contains(name))
      #expect(try peers[1].ask("list \(name)") == "0")
      #expect(!sharedMemoryNames().contains(name))
    }
  }

  // MARK: Files that are not regular

  @Test(arguments: ["link to a segment", "link to nothing", "FIFO", "directory", "socket", "device"])
  func `an object that is not a regular file is refused at once and left alone`(kind: String) throws {
    try withPeers(1) { peers, name in
      try peers[0].ask("create \(name)-real 100")
      guard try make(kind, at: "/dev/shm/" + name, target: name + "-real") else {
        try Test.cancel("This user cannot make a \(kind).")
      }
      let isDirectory = kind == "directory"
      defer { _ = unsafe isDirectory ? rmdir("/dev/shm/" + name) : unlink("/dev/shm/" + name) }
      for command in ["attach \(name)", "attach \(name) readOnly", "copy \(name)", "unlink \(name)"] {
        #expect(try peers[0].ask(command).hasPrefix("error notARegularFile"), "\(command)")
      }
      #expect(try peers[0].ask("create \(name) 100").hasPrefix("error alreadyExists"))
      #expect(try peers[0].ask("list \(name)") == "1 \(name)-real")
      #expect(sharedMemoryNames().isSuperset(of: [name, name + "-real"]))
    }
  }

  /// Creates a file of this kind; returns false if this user may not create one.
  private func make(_ kind: String, at path: String, target: String) throws -> Bool {
    switch kind {
    case "link to a segment": unsafe symlink(target, path) == 0
    case "link to nothing": unsafe symlink("nowhere", path) == 0
    case "FIFO": unsafe mkfifo(path, 0o600) == 0
    case "directory": unsafe mkdir(path, 0o700) == 0
    case "socket": unsafe mknod(path, S_IFSOCK | 0o600, 0) == 0
    default: unsafe mknod(path, S_IFCHR | 0o600, 0x103) == 0  // like /dev/null
    }
  }
}
