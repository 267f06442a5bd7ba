import Glibc
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the buffers are arrays passed with their own sizes. A segment's data is only read where
// it has at least one byte, while the segment is attached.

@Suite(.serialized, .timeLimit(.minutes(2)))
struct DamagedSegmentTests {
  /// A file of /dev/shm with any contents. It is locked, so that no process treats it as abandoned.
  struct File: ~Copyable {
    let name: String
    let descriptor: OwnedDescriptor

    init() throws {
      let name = "test-\(getpid())-\(String(try randomBits(), radix: 16))"
      let descriptor = try OwnedDescriptor.createSharedMemory(named: name)
      guard try descriptor.tryLockShared() else { throw PeerError("\(name) is locked") }
      self.name = name
      self.descriptor = descriptor
    }

    deinit { try? SharedMemoryDirectory.unlink(name) }

    func write(_ bytes: [UInt8], at offset: Int = 0) throws {
      try unsafe bytes.withUnsafeBytes { try unsafe descriptor.write($0, at: offset) }
    }

    func contents() throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: try descriptor.status().byteCount)
      let count = try unsafe bytes.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0, at: 0) }
      #expect(count == bytes.count)
      return bytes
    }

    /// Writes a control page at the end of the file, which can have any size.
    func seal(byteCount: Int, dataByteCount: Int) throws {
      try descriptor.setSize(byteCount)
      try write(StoredControlPage(dataByteCount: dataByteCount).bytes, at: byteCount - 4096)
    }

    var attachCode: SharedMemoryError.Code? {
      code { _ = try Segment.attach(name, access: .readWrite) }
    }
  }

  /// Returns the bytes of a valid segment.
  private static func valid(dataByteCount: Int = 4096) -> [UInt8] {
    let header = Array("header".utf8) + [UInt8](repeating: 0, count: 4090)
    let data = [UInt8](repeating: 7, count: (dataByteCount + 4095) / 4096 * 4096)
    let page = StoredControlPage(dataByteCount: dataByteCount).bytes
    return header + data + page + [UInt8](repeating: 0, count: 4032)
  }

  @Test func `the bytes that these tests damage are a valid segment at first`() throws {
    let file = try File()
    try file.write(Self.valid())
    let attached = try Segment.attach(file.name, access: .readOnly)
    #expect(attached.header.starts(with: "header".utf8) && attached.header.count == 256)
    #expect(attached.segment.control.dataByteCount == 4096)
    #expect(unsafe attached.segment.data.load(as: UInt8.self) == 7)
  }

  static let damages: [(String, [UInt8])] = [
    ("empty", []), ("one byte", [1]), ("text", Array("hello world".utf8)),
    ("a header alone", Array(valid().prefix(4096))), ("a page and a bit", Array(valid().prefix(5000))),
    ("two pages of zeros", [UInt8](repeating: 0, count: 8192)),
    ("three pages of ones", [UInt8](repeating: 255, count: 12288)),
    ("a page short", Array(valid().dropLast(4096))), ("a byte short", Array(valid().dropLast())),
    ("a byte more", valid() + [0]), ("a page more", valid() + [UInt8](repeating: 0, count: 4096)),
    ("reversed", valid().reversed()),
    ("one byte more than the data", valid(dataByteCount: 4096, claim: 4097)),
    ("the largest Int as data size", valid(dataByteCount: 4096, claim: Int.max)),
    ("a data size that overflows", valid(dataByteCount: 4096, claim: Int.max - 4095)),
  ]

  private static func valid(dataByteCount: Int, claim: Int) -> [UInt8] {
    var bytes = valid(dataByteCount: dataByteCount)
    bytes.replaceSubrange(8192..<8256, with: StoredControlPage(dataByteCount: claim).bytes)
    return bytes
  }

  @Test(arguments: damages.indices)
  func `an object that is not a segment is refused by every operation and left unchanged`(index: Int) throws {
    let (label, bytes) = Self.damages[index]
    let file = try File()
    try file.write(bytes)
    #expect(file.attachCode == .notASegment, "\(label)")
    #expect(code { _ = try Segment.attach(file.name, access: .readOnly) } == .notASegment)
    #expect(code { try Segment.unlink(file.name) } == .notASegment)
    #expect(
      code {
        _ = try Segment.loadCopy(of: file.name) { _, _ throws(SharedMemoryError) in
          throw SharedMemoryError(.inUse)
        }
      } == .notASegment)
    #expect(
      code {
        _ = try Segment.create(
          .named(file.name), dataByteCount: 8, header: RawSpan(), lifetime: .temporary)
      } == .alreadyExists)
    #expect(try !Segment.list().contains { $0.name == file.name })
    #expect(try file.contents() == bytes)
  }

  @Test(arguments: [1 << 40, 1 << 60, Int.max & ~4095, (Int.max & ~4095) - 4096])
  func `a file larger than memory is refused, or mapped without a byte of it`(byteCount: Int) throws {
    let file = try File()
    guard (try? file.descriptor.setSize(byteCount)) != nil else {
      try Test.cancel("/dev/shm cannot hold a file of \(byteCount) bytes.")
    }
    #expect(file.attachCode == .notASegment)
    for dataByteCount in [0, 1, byteCount - 8192] {
      try file.seal(byteCount: byteCount, dataByteCount: dataByteCount)
      let expected: Set<SharedMemoryError.Code?> = [nil, .outOfAddressSpace, .notASegment]
      #expect(expected.contains(file.attachCode))
    }
    #expect(try file.descriptor.status().allocatedByteCount < 1 << 20)
  }

  @Test func `a file that shrinks while it is copied is an error`() throws {
    let file = try File()
    try file.write(Self.valid(dataByteCount: 100_000))
    let result = code {
      _ = try Segment.loadCopy(of: file.name) { header, byteCount throws(SharedMemoryError) in
        #expect(header.count == 256 && byteCount == 100_000)
        try? file.descriptor.setSize(50_000)
        return try Segment.create(
          .unnamed, dataByteCount: byteCount, header: RawSpan(), lifetime: .temporary)
      }
    }
    #expect(result == .truncated)
  }

  @Test func `twenty thousand damaged segments are refused or attached, and never written to`() throws {
    var random = SeededGenerator(seed: 20_250_101)
    let file = try File()
    let original = Self.valid(dataByteCount: 4096)
    var attached = 0
    for round in 0..<20_000 {
      let bytes = Self.damage(original, using: &random)
      try file.descriptor.setSize(0)
      try file.write(bytes)
      do {
        let result = try Segment.attach(file.name, access: round % 2 == 0 ? .readOnly : .readWrite)
        attached += 1
        let control = result.segment.control
        guard result.header.count == 256, control.dataOffset == 4096,
          control.dataByteCount <= bytes.count - 8192
        else {
          Issue.record("Round \(round) attached \(control).")
          return
        }
        if control.dataByteCount > 0 { _ = unsafe result.segment.data.load(as: UInt8.self) }
      } catch {
        guard [.notASegment, .truncated, .outOfAddressSpace].contains(error.code) else {
          Issue.record("Round \(round) failed: \(error)")
          return
        }
      }
      guard try file.contents() == bytes else {
        Issue.record("Round \(round) changed the file.")
        return
      }
    }
    #expect(attached > 100, "some damage does not affect a reader")
  }

  /// Flips bits, sets fields to odd values with a matching checksum, or truncates or extends the
  /// bytes.
  private static func damage(_ original: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 8192..<8256, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
    case 1:
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
    case 2:
      let sizes = [0, 1, 63, 64, 4095, 4096, 8191, 8192, 8193, 8256, 12287]
      bytes.removeLast(bytes.count - sizes.randomElement(using: &random)!)
    default:
      bytes.replaceSubrange(8192..<8256, with: oddControlPage(using: &random))
    }
    return bytes
  }

  private static func oddControlPage(using random: inout SeededGenerator) -> [UInt8] {
    let odd: [UInt64] = [
      0, 1, 2, 255, 4095, 4096, 4097, 8192, 12288, 1 << 31, 1 << 32, 1 << 62, UInt64(Int.max),
      UInt64(Int.max) - 4095, 1 << 63, .max, .max - 4095,
    ]
    var page = StoredControlPage(dataByteCount: 4096)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      page = page.with(Int.random(in: 0..<7, using: &random), odd.randomElement(using: &random)!)
    }
    return page.bytes
  }
}
