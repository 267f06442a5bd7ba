import Glibc
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the paths are null-terminated for the calls, indexes are smaller than the sizes of the
// buffers, and `read` stores at most the buffer's size and returns the number of bytes that it has
// initialized.

/// Returns a name that no other test and no other run uses.
func freeBlockName() throws -> String { "block-test-" + String(try randomBits(), radix: 16) }

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SharedBlockTests {
  // MARK: Creating

  @Test(arguments: [1, 63, 4095, 4096, 4097, 1 << 21, 1 << 21 + 1, 3 << 20 + 5])
  func `a new block is a reserved file of zeros of the given size, for its user only`(byteCount: Int) throws {
    let old = umask(0)
    defer { umask(old) }
    let block = try SharedBlock.create(.generated, byteCount: byteCount)
    let status = try SharedMemoryDirectory.status(of: block.name)
    #expect(block.byteCount == byteCount && status.byteCount == byteCount)
    #expect(status.allocatedByteCount >= byteCount)
    #expect(status.permissions == 0o600)
    #expect(block.bytes.byteCount == byteCount && block.mutableBytes.byteCount == byteCount)
    #expect((0..<byteCount).allSatisfy { block.bytes.byte(at: $0) == 0 })
  }

  @Test func `generated names differ and can be attached`() throws {
    let blocks = try (0..<10).map { _ in try SharedBlock.create(.generated, byteCount: 10) }
    #expect(Set(blocks.map(\.name)).count == 10)
    for block in blocks { #expect(try SharedBlock.attach(block.name).byteCount == 10) }
  }

  @Test func `a name that is in use or invalid is refused`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 10)
    #expect(code { _ = try SharedBlock.create(block.name, byteCount: 10) } == .alreadyExists)
    for name in [
      "", "/", "a/b", "//a", ".", "..", "a\u{0}b", ".sharedarray-a", String(repeating: "a", count: 256),
    ] {
      #expect(code { _ = try SharedBlock.create(name, byteCount: 10) } == .invalidName, "\(name)")
      #expect(code { _ = try SharedBlock.attach(name) } == .invalidName, "\(name)")
      #expect(code { try SharedBlock.unlink(name) } == .invalidName, "\(name)")
    }
  }

  @Test func `a slash before the name is ignored`() throws {
    let name = try freeBlockName()
    let block = try SharedBlock.create("/" + name, byteCount: 10)
    #expect(block.name == name)
    #expect(try SharedBlock.attach("/" + name).name == name)
    try SharedBlock.unlink("/" + name)
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `a size that cannot be allocated is an error with the sizes, and leaves no name`() throws {
    let name = try freeBlockName()
    let error = #expect(throws: SharedMemoryError.self) { try SharedBlock.create(name, byteCount: 1 << 42) }
    #expect(error?.code == .insufficientMemory)
    #expect(error?.description.contains("\(1 << 42) bytes requested") == true)
    #expect(code { _ = try SharedBlock.create(name, byteCount: 1 << 50) } == .outOfAddressSpace)
    #expect(code { _ = try SharedBlock.create(name, byteCount: .max) } == .tooLarge)
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test(arguments: [0, -1])
  func `creating a block without a byte is a trap`(byteCount: Int) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [byteCount] in
      _ = try SharedBlock.create("block-test-none", byteCount: byteCount)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("A block needs at least one byte, not \(byteCount)."))
  }

  // MARK: Attaching

  @Test(arguments: [1, 4096, 3 << 20 + 5])
  func `bytes that one handle writes are read by all others`(byteCount: Int) throws {
    let block = try SharedBlock.create(.generated, byteCount: byteCount)
    let other = try SharedBlock.attach(block.name)
    let reader = try SharedBlock.attach(block.name, access: .readOnly)
    #expect(other.byteCount == byteCount && reader.byteCount == byteCount && reader.name == block.name)
    block.store(7, at: byteCount - 1)
    #expect(other.bytes.byte(at: byteCount - 1) == 7)
    unsafe other.withUnsafeMutableBytes { unsafe $0[byteCount - 1] = 8 }
    #expect(block.bytes.byte(at: byteCount - 1) == 8)
    #expect(reader.bytes.byte(at: byteCount - 1) == 8)
  }

  @Test func `a block attached for reading is mapped read-only`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 10)
    let reader = try SharedBlock.attach(block.name, access: .readOnly)
    let address = unsafe reader.bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    let line = try mapping(at: address)
    #expect(line.contains(" r--s ") && line.contains(block.name))
  }

  @Test func `eight processes write one block`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 8)
    let ends = try forkedChildren(8) {
      guard let own = try? SharedBlock.attach(block.name) else { return 1 }
      for _ in 0..<1000 { own.increment() }
      return 0
    }
    #expect(ends == Array(repeating: .exited(code: 0), count: 8))
    #expect(block.bytes.firstWord == 8000)
  }

  @Test func `a name that is missing, empty or not a regular file is refused`() throws {
    let name = try freeBlockName()
    #expect(code { _ = try SharedBlock.attach(name) } == .notFound)
    #expect(code { try SharedBlock.unlink(name) } == .notFound)
    let path = "/dev/shm/" + name
    for make in [makeEmpty, makeLink, makeFIFO, makeDirectory] {
      let expected = make(path)
      #expect(code { _ = try SharedBlock.attach(name) } == expected)
      #expect(code { _ = try SharedBlock.attach(name, access: .readOnly) } == expected)
      #expect(code { _ = try SharedBlock.create(name, byteCount: 10) } == .alreadyExists)
      #expect(sharedMemoryNames().contains(name))
      unsafe remove(path)
    }
  }

  @Test(.needsRoot)
  func `another user's block is refused`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 10, lifetime: .persistent)
    #expect(unsafe chown("/dev/shm/" + block.name, 65534, 65534) == 0)
    #expect(code { _ = try SharedBlock.attach(block.name) } == .foreignUser)
    #expect(code { try SharedBlock.unlink(block.name) } == .foreignUser)
    #expect(try !SharedBlock.list().contains { $0.name == block.name })
    try block.unlink()
  }

  // MARK: Blocks and segments

  @Test func `a segment is not a block`() throws {
    let name = try freeBlockName()
    let segment = try Segment.create(
      .named(name), dataByteCount: 100, header: RawSpan(), lifetime: .persistent)
    #expect(code { _ = try SharedBlock.attach(name) } == .mismatch)
    #expect(code { try SharedBlock.unlink(name) } == .mismatch)
    #expect(try !SharedBlock.list().contains { $0.name == name })
    try segment.unlink()
  }

  @Test(arguments: [10, 12288])
  func `a block is not a segment, and operations on segments leave it alone`(byteCount: Int) throws {
    let block = try SharedBlock.create(.generated, byteCount: byteCount)
    #expect(code { _ = try Segment.attach(block.name, access: .readWrite) } == .notASegment)
    #expect(code { try Segment.unlink(block.name) } == .notASegment)
    #expect(try !SegmentInfo.list().contains { $0.name == block.name })
    let info = try #require(try SharedBlock.list().first { $0.name == block.name })
    #expect(info.byteCount == byteCount && info.allocatedByteCount >= byteCount)
    #expect(sharedMemoryNames().contains(block.name))
  }
}

// MARK: - Files that are no blocks

private func makeEmpty(_ path: String) -> SharedMemoryError.Code {
  close(unsafe open(path, O_CREAT | O_RDWR, 0o600))
  return .tooSmall
}

private func makeLink(_ path: String) -> SharedMemoryError.Code {
  unsafe symlink("nowhere", path)
  return .notARegularFile
}

private func makeFIFO(_ path: String) -> SharedMemoryError.Code {
  unsafe mkfifo(path, 0o600)
  return .notARegularFile
}

private func makeDirectory(_ path: String) -> SharedMemoryError.Code {
  unsafe mkdir(path, 0o700)
  return .notARegularFile
}

/// Returns the line of /proc/self/maps for an address.
private func mapping(at address: UInt) throws -> String {
  let file = try OwnedDescriptor.openFile("/proc/self/maps", .readOnly)
  let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
    count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
  }
  let start = String(address, radix: 16) + "-"
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  return String(try #require(lines.first { $0.hasPrefix(start) }))
}
