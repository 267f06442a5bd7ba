import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: addresses of arrays are only compared.

/// Tests of unnamed arrays of more than a megabyte, whose memory is reused for the next array of
/// their size.
@Suite(.serialized, .timeLimit(.minutes(1))) struct IdleMemoryTests {
  private static let count = 300_000

  private func address(_ array: SharedArray<Double>) -> Int { unsafe Int(bitPattern: array.storage.base) }

  @Test func `freed memory is used again and is zero`() throws {
    Arena.dropIdle()
    let first = try {
      let array = try SharedArray<Double>(shape: [Self.count])
      array.fill(7)
      return address(array)
    }()
    let second = try SharedArray<Double>(shape: [3, Self.count / 3])
    #expect(address(second) == first)
    #expect(second.sum() == 0)
    let third = try SharedArray<Double>(shape: [Self.count])
    #expect(address(third) != first)
    third.fill(1)
    #expect(second.sum() == 0)
  }

  @Test func `the amount of kept memory is bounded`() throws {
    Arena.dropIdle()
    let descriptors = openDescriptors()
    _ = try (0..<40).map { _ in try SharedArray<Double>(shape: [1 << 18]) }
    // Each object has 2 MiB and two pages, and the limit is 64 MiB.
    #expect(openDescriptors() - descriptors == 31)
    _ = try SharedArray<Double>(shape: [5 << 20])
    #expect(openDescriptors() - descriptors == 31)
    #expect(Arena.dropIdle())
    #expect(openDescriptors() == descriptors)
    #expect(!Arena.dropIdle())
  }

  @Test func `a child's late writes reach no array that its parent makes after the fork`() throws {
    Arena.dropIdle()
    let words = try SharedWords()
    var array: SharedArray<Double>? = try SharedArray<Double>(shape: [Self.count])
    var child = try startChild { [array] in
      guard let array else { return 1 }
      words.add(1, to: 0)
      guard words.wait(for: 1) else { return 2 }
      array.fill(-1)
      return 0
    }
    #expect(words.wait(for: 0))
    array = nil
    let later = try SharedArray<Double>(shape: [Self.count])
    words.add(1, to: 1)
    #expect(try child.ends())
    #expect(child.reap() == .exited(code: 0))
    #expect(later.sum() == 0)
  }

  @Test func `a child does not use the memory that its parent has kept`() throws {
    Arena.dropIdle()
    _ = try SharedArray<Double>(shape: [Self.count])
    let status = try forkedChild {
      guard let own = try? SharedArray<Double>(shape: [Self.count]) else { return 1 }
      own.fill(3)
      return 0
    }
    #expect(status == .exited(code: 0))
    let mine = try SharedArray<Double>(shape: [Self.count])
    #expect(mine.sum() == 0)
  }
}
