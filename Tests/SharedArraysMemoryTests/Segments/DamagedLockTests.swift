import Foundation
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the buffer is an array passed with its own size.

/// A process of the same user takes a lock of the protocol and never releases it: other processes
/// wait for ten seconds and then report it.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct DamagedLockTests {
  /// Returns all bytes of a segment without data.
  private static func bytes(isPersistent: Bool) -> [UInt8] {
    let page = StoredControlPage(isPersistent: isPersistent, dataByteCount: 0).bytes
    return [UInt8](repeating: 0, count: 4096) + page + [UInt8](repeating: 0, count: 4096 - page.count)
  }

  /// Creates a segment without a holder; the result has it open.
  private static func segment(_ name: String, isPersistent: Bool) throws -> OwnedDescriptor {
    let file = try OwnedDescriptor.createSharedMemory(named: name)
    try unsafe bytes(isPersistent: isPersistent).withUnsafeBytes { try unsafe file.write($0, at: 0) }
    return file
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["HOSTILE_INPUTS"] != nil,
      "it waits for ten seconds; set HOSTILE_INPUTS to run it"))
  func `other processes report a lock that is never released`() throws {
    let names = ["held", "kept", "orphan"].map { "test-\(getpid())-\($0)" }
    let (held, kept, orphan) = (names[0], names[1], names[2])
    let heldFile = try Self.segment(held, isPersistent: true)
    let keptFile = try Self.segment(kept, isPersistent: true)
    let orphanFile = try Self.segment(orphan, isPersistent: false)
    defer { for name in names { try? SharedMemoryDirectory.unlink(name) } }
    try #require(try heldFile.tryLockExclusive())
    // The byte whose lock guards the removal of a name.
    try #require(try keptFile.tryLockByte(at: 1 << 62) && orphanFile.tryLockByte(at: 1 << 62))

    func expecting(_ expected: SharedMemoryError.Code, _ verb: () throws -> Void) throws -> ChildProcess {
      try startChild { code(verb) == expected ? 0 : 1 }
    }
    var attaching = try expecting(.busy) { _ = try Segment.attach(held, access: .readWrite) }
    var unlinking = try expecting(.busy) { try Segment.unlink(kept) }
    var creating = try expecting(.alreadyExists) {
      _ = try Segment.create(.named(orphan), dataByteCount: 0, header: RawSpan(), lifetime: .temporary)
    }
    #expect(try attaching.ends(within: .seconds(30)) && attaching.reap() == .exited(code: 0))
    #expect(try unlinking.ends(within: .seconds(30)) && unlinking.reap() == .exited(code: 0))
    #expect(try creating.ends(within: .seconds(30)) && creating.reap() == .exited(code: 0))
    #expect(sharedMemoryNames().isSuperset(of: names))
  }
}
