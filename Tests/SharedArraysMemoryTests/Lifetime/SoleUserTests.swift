import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// Queries whether an object has other users, and opening the object during such a query.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SoleUserTests {
  @Test func `a block can be attached while another process keeps checking whether it is in use`() throws {
    let name = "test-\(currentProcess())-\(String(try randomBits(), radix: 16))"
    var block = try SharedBlock.create(name, byteCount: 100, lifetime: .persistent)
    defer { try? SharedBlock.unlink(name) }
    try block.detach()
    let words = try SharedWords()
    var child = try startChild {
      guard let file = try? OwnedDescriptor.openSharedMemory(named: name, .readWrite) else { return 1 }
      while words[1] == 0 {
        guard let isSole = try? file.isSoleUser() else { return 2 }
        if isSole { words.add(1, to: 0) }
      }
      return 0
    }
    #expect(words.wait(for: 0))
    let wasAskedOften = try waitUntil {
      for _ in 0..<100 {
        let byteCount = try SharedBlock.attach(name).byteCount
        #expect(byteCount == 100)
      }
      return words[0] > 10_000
    }
    #expect(wasAskedOften)
    words[1] = 1
    #expect(try child.ends())
    #expect(child.reap() == .exited(code: 0))
  }
}
