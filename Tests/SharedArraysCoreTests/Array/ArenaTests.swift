import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: addresses of arrays are only compared.

/// Tests of small unnamed arrays, which share the memory of an arena.
@Suite(.timeLimit(.minutes(1))) struct ArenaTests {
  @Test func `a hundred thousand small arrays need few descriptors and mappings and stay apart`() throws {
    let status = try forkedChild {
      let (descriptors, mappings) = (openDescriptors(), mappingCount())
      do {
        var arrays: [SharedArray<Int>] = []
        for i in 0..<100_000 {
          let array = try SharedArray<Int>(shape: [10])
          guard array.sum() == 0 else { return 2 }
          array.fill(i)
          arrays.append(array)
        }
        guard arrays.enumerated().allSatisfy({ $0.element.sum() == 10 * $0.offset }) else { return 3 }
        guard openDescriptors() - descriptors < 50, mappingCount() - mappings < 50 else { return 4 }
        arrays = []
        // The arena keeps one object for new arrays.
        return openDescriptors() - descriptors <= 1 ? 0 : 5
      } catch {
        return 1
      }
    }
    #expect(status == .exited(code: 0))
  }

  @Test(arguments: [0, 1, 63, 64, 65, 1023, 1024, 1025, 1280, 1281, 65_535, 65_536, 65_537])
  func `arrays of any size around the block sizes are zero, aligned and disjoint`(byteCount: Int) throws {
    let first = try SharedArray<UInt8>(shape: [byteCount])
    let second = try SharedArray<UInt8>(shape: [byteCount])
    #expect(first.toArray().allSatisfy { $0 == 0 })
    first.fill(1)
    #expect(second.toArray().allSatisfy { $0 == 0 })
    second.fill(2)
    #expect(first.toArray().allSatisfy { $0 == 1 })
    #expect(unsafe UInt(bitPattern: first.storage.base) % 64 == 0)
  }

  @Test func `freed memory is zero for the next array`() throws {
    let address = try unsafe Int(bitPattern: dirtyArray())
    var found = false
    for _ in 0..<100 where !found {
      let array = try SharedArray<Double>(shape: [33])
      #expect(array.sum() == 0)
      found = unsafe Int(bitPattern: array.storage.base) == address
    }
    #expect(found, "the block was not used again")
  }

  private func dirtyArray() throws -> UnsafeMutablePointer<Double> {
    let array = try SharedArray<Double>(shape: [33])
    array.fill(7)
    return unsafe array.storage.base
  }

  @Test func `a child's late writes reach no array that its parent makes after the fork`() throws {
    let words = try SharedWords()
    var array: SharedArray<Int>? = try SharedArray<Int>(shape: [100])
    // The child keeps the array that its parent gives back, and writes to it after the parent has
    // created new ones.
    var child = try startChild { [array] in
      guard let array else { return 1 }
      words.add(1, to: 0)
      guard words.wait(for: 1) else { return 2 }
      array.fill(-1)
      return 0
    }
    #expect(words.wait(for: 0))
    array = nil
    let later = try (0..<1000).map { _ in try SharedArray<Int>(shape: [100]) }
    words.add(1, to: 1)
    #expect(try child.ends())
    #expect(child.reap() == .exited(code: 0))
    #expect(later.allSatisfy { $0.sum() == 0 })
  }

  @Test func `parent and child take new arrays from different memory`() throws {
    let array = try SharedArray<Int>(shape: [8])
    let status = try forkedChild {
      guard let own = try? SharedArray<Int>(shape: [8]) else { return 1 }
      own.fill(5)
      array.fill(3)
      return own.sum() == 40 ? 0 : 2
    }
    #expect(status == .exited(code: 0))
    #expect(array.sum() == 24)
    #expect(try SharedArray<Int>(shape: [8]).sum() == 0)
  }

  @Test func `a child inherits small arrays and writes to them`() throws {
    let arrays = try (0..<50).map { try SharedArray<Int>([$0, $0 + 1]) }
    let status = try forkedChild {
      for array in arrays { array.update { 2 * $0 } }
      return 0
    }
    #expect(status == .exited(code: 0))
    #expect(arrays.enumerated().allSatisfy { $0.element.toArray() == [2 * $0.offset, 2 * $0.offset + 2] })
  }

  @Test func `a fork while other threads make arrays leaves a child that can make its own`() throws {
    let stop = try SharedWords()
    let threads = DispatchGroup()
    for _ in 0..<2 {
      threads.enter()
      Thread.detachNewThread {
        while stop.add(0, to: 0) == 0 {
          _ = try? (0..<20).map { try SharedArray<Int>(shape: [$0 + 1]) }
        }
        threads.leave()
      }
    }
    for _ in 0..<50 {
      let status = try forkedChild {
        let arrays = try? (0..<100).map { try SharedArray<Int>(shape: [$0]) }
        return arrays?.allSatisfy { $0.sum() == 0 } == true ? 0 : 1
      }
      #expect(status == .exited(code: 0))
    }
    stop.add(1, to: 0)
    threads.wait()
  }
}
