import Glibc
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the C functions get temporary C strings that exist until the call returns.

/// Tests of names and paths that lead to arbitrary files of any user. The outcome must be an
/// immediate error, and the file must be unchanged.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct DamagedNodeTests {
  private static let nobody: UInt32 = 65534

  /// All operations on the segment of a name.
  private static let verbs: [@Sendable (String) throws -> Void] = [
    { _ = try SharedArray<Double>.attach($0) },
    { _ = try SharedArray<Double>.attach($0, access: .readOnly) },
    { _ = try SharedArray<Double>.loadCopy(of: $0) },
    { _ = try SharedArray<Double>.openOrCreate($0, shape: [1]) },
    { try SharedArray<Double>.unlink($0) },
  ]

  static let kinds = [
    "a link to nothing", "a link to a directory", "a link to itself", "a FIFO", "a directory", "a socket",
    "the device zero", "the device full",
  ]

  /// Creates a file of this kind. Returns false if this user cannot create it.
  private static func make(_ kind: String, at path: String) -> Bool {
    switch kind {
    case "a link to nothing": unsafe symlink("nowhere", path) == 0
    case "a link to a directory": unsafe symlink("/", path) == 0
    case "a link to itself": unsafe symlink(path, path) == 0
    case "a FIFO": unsafe mkfifo(path, 0o600) == 0
    case "a directory": unsafe mkdir(path, 0o700) == 0
    case "a socket": unsafe mknod(path, S_IFSOCK | 0o600, 0) == 0
    case "the device zero": unsafe mknod(path, S_IFCHR | 0o600, 0x105) == 0
    default: unsafe mknod(path, S_IFCHR | 0o600, 0x107) == 0
    }
  }

  @Test(arguments: kinds)
  func `a name that leads to no regular file is refused and stays`(kind: String) throws {
    let name = try freeName()
    let path = "/dev/shm/" + name
    guard Self.make(kind, at: path) else { try Test.cancel("This user cannot create \(kind).") }
    defer { _ = unsafe remove(path) }
    for verb in Self.verbs { #expect(memoryCode { try verb(name) } == .notARegularFile) }
    #expect(memoryCode { try SharedArray<Double>.create(name, shape: [1]) } == .alreadyExists)
    #expect(sharedMemoryNames().contains(name))
  }

  @Test(arguments: kinds)
  func `a path that leads to no regular file is refused`(kind: String) throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      guard Self.make(kind, at: path) else { try Test.cancel("This user cannot create \(kind).") }
      for read in fileReaders {
        let code = fileCode { try read(path) }
        #expect(code == .corrupt || code == .system, "\(String(describing: code))")
      }
    }
  }

  /// These are regular files by their status, with size 0, and readable, but their contents cannot
  /// be mapped.
  @Test(arguments: [
    "/proc/self/maps", "/proc/self/status", "/proc/self/mem", "/proc/self/pagemap", "/proc/self/cmdline",
    "/proc/version", "/proc/sys/kernel/hostname", "/sys/kernel/mm/transparent_hugepage/enabled",
    "/proc/self/fd/0", "/proc/self/fd", "/dev/null", "/dev/tty", "/dev/urandom",
  ])
  func `a file of procfs or sysfs or a device is refused`(path: String) {
    for read in fileReaders {
      let code = fileCode { try read(path) }
      #expect(code == .corrupt || code == .system, "\(String(describing: code))")
    }
  }

  @Test(arguments: [0, 1, 10, 4096, 8192, 12_288])
  func `a file of zeros or of one repeated byte is not an array`(byteCount: Int) throws {
    let file = try HeldFile()
    for byte in [0, 1, 0x93, 0xff] as [UInt8] {
      let bytes = [UInt8](repeating: byte, count: byteCount)
      try file.replace(by: bytes)
      for verb in Self.verbs { #expect(memoryCode { try verb(file.name) } == .notASegment) }
      for read in fileReaders { #expect(fileCode { try read(file.path) } == .corrupt) }
      #expect(try file.descriptor.status().byteCount == byteCount)
    }
  }

  // MARK: - Other users

  @Test(.needsRoot)
  func `another user's array cannot be attached, and its elements can be copied`() throws {
    let array = try SharedArray<Double>.create(.generated, shape: [3], lifetime: .persistent)
    array.fill(2)
    let name = try #require(array.name)
    defer { try? SharedMemoryDirectory.unlink(name) }
    #expect(unsafe chown("/dev/shm/" + name, Self.nobody, Self.nobody) == 0)
    #expect(memoryCode { try SharedArray<Double>.attach(name) } == .foreignUser)
    #expect(memoryCode { try SharedArray<Double>.attach(name, access: .readOnly) } == .foreignUser)
    #expect(memoryCode { try SharedArray<Double>.openOrCreate(name, shape: [3]) } == .foreignUser)
    #expect(memoryCode { try SharedArray<Double>.unlink(name) } == .foreignUser)
    #expect(try SharedArray<Double>.loadCopy(of: name).toArray() == [2, 2, 2])
    #expect(sharedMemoryNames().contains(name))
  }

  @Test(.needsRoot, arguments: [0o600, 0o000] as [UInt32])
  func `an array that the user may not open is refused with that reason`(mode: UInt32) throws {
    let array = try SharedArray<Double>.create(.generated, shape: [3], lifetime: .persistent)
    let name = try #require(array.name)
    let path = "/dev/shm/" + name
    defer { try? SharedMemoryDirectory.unlink(name) }
    #expect(unsafe chmod(path, mode) == 0)
    let ending = try forkedChild {
      guard setgroups(0, nil) == 0, setgid(Self.nobody) == 0, setuid(Self.nobody) == 0 else { return 1 }
      for verb in Self.verbs where memoryCode({ try verb(name) }) != .permissionDenied { return 2 }
      for read in fileReaders where fileCode({ try read(path) }) != .system { return 3 }
      guard memoryCode({ try SharedArray<Double>.create(name, shape: [1]) }) == .alreadyExists else {
        return 4
      }
      return 0
    }
    #expect(ending == .exited(code: 0))
    #expect(sharedMemoryNames().contains(name))
  }
}
